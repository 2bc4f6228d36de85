import { expect, test } from "@privaci/playwright";

test.use({
  privaciScenario: { id: "patient_due_for_refill", constraints: { drug: "Amoxicillin" } },
});

test("a patient's prescriptions are listed", async ({ page, privaciData }) => {
  await page.goto(`${process.env.CLINIC_URL}/patients/${privaciData.data.patient_id}`);
  await expect(page.getByRole("listitem").filter({ hasText: "Amoxicillin, 500 mg" })).toBeVisible();
});
