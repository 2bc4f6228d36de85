// Gives a Playwright test the rows of a scenario, and resets them after it, also when it fails.

import { readFile } from "node:fs/promises";
import { test as base } from "@playwright/test";

export { expect } from "@playwright/test";

/** What a test asks for: a scenario's name, and values for its constraints. */
export interface Scenario {
  id: string;
  constraints?: Record<string, unknown>;
  seed?: string;
}

/** The rows of a run by their roles, and what is needed to reset it. */
export interface Fixture {
  scenario_id: string;
  test_run_id: string;
  data: Record<string, any>;
  cleanup: { cleanup_token: string; endpoint: string };
}

/** Where the service is, and the token it knows us by. */
export interface Service {
  url: string;
  token: string;
}

export interface Options {
  /** The scenario of the test: `test.use({ privaciScenario: { id: "..." } })`. */
  privaciScenario: Scenario | undefined;
  /** A fixture that `privaci request --playwright` wrote, instead of a request of its own. */
  privaciFixtureFile: string | undefined;
  privaciService: Service;
}

export const test = base.extend<Options & { privaciData: Fixture }>({
  privaciScenario: [undefined, { option: true }],
  privaciFixtureFile: [undefined, { option: true }],
  privaciService: [
    { url: process.env.PRIVACI_API_URL ?? "", token: process.env.PRIVACI_API_TOKEN ?? "" },
    { option: true },
  ],
  privaciData: async ({ privaciScenario, privaciFixtureFile, privaciService }, use) => {
    const fixture = privaciFixtureFile
      ? (JSON.parse(await readFile(privaciFixtureFile, "utf8")) as Fixture)
      : await request(privaciService, privaciScenario);
    try {
      await use(fixture);
    } finally {
      await reset(privaciService, fixture);
    }
  },
});

/** Ask for the rows of a scenario. */
export async function request(service: Service, scenario: Scenario | undefined): Promise<Fixture> {
  if (!scenario) {
    throw new Error('Name a scenario: test.use({ privaciScenario: { id: "..." } }).');
  }
  const answer = await post(service, "/test-data/requests", {
    scenario: scenario.id,
    constraints: scenario.constraints ?? {},
    seed: scenario.seed ?? null,
    delivery: { return_playwright_fixture: true },
  });
  return answer.fixtures.playwright;
}

/** Take the rows of a run out again. */
export async function reset(service: Service, fixture: Fixture): Promise<void> {
  const { cleanup_token, endpoint } = fixture.cleanup;
  await post(service, endpoint, { cleanup_token });
}

async function post(service: Service, path: string, body: unknown): Promise<any> {
  if (!service.url) {
    throw new Error("Set PRIVACI_API_URL to the address of `privaci serve`.");
  }
  const response = await fetch(new URL(path, service.url), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${service.token}` },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    const error = answer.detail?.error;
    throw new Error(`${path}: ${error?.code ?? response.status}: ${error?.message ?? ""}`);
  }
  return answer;
}
