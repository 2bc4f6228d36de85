export default {
  testDir: "tests",
  outputDir: process.env.CLINIC_OUTPUT,
  reporter: "line",
  use: {
    // A browser of the system, instead of the one that Playwright downloads.
    launchOptions: { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] },
  },
};
