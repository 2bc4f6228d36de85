"""What a test of the clinic looks like: it names a case, and finds the data in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_dagster.pytest_plugin import privaci_scenario

if TYPE_CHECKING:
    from collections.abc import Callable


@privaci_scenario("patient_due_for_refill", constraints={"drug": "Ibuprofen"})
def test_a_prescription_is_listed(
    privaci_data: dict[str, Any], clinic: Callable[[str], str]
) -> None:
    """The page shows the drug and the dose."""
    page = clinic(f"/patients/{privaci_data['patient_id']}")
    assert "<li>Ibuprofen, 500 mg</li>" in page


@privaci_scenario("new_patient_with_visit")
def test_a_new_patient_has_no_prescription(
    privaci_data: dict[str, Any], clinic: Callable[[str], str]
) -> None:
    """The list of a patient who came for the first time is empty."""
    assert privaci_data["visit"]["patient_id"] == privaci_data["patient"]["id"]
    assert "<li>" not in clinic(f"/patients/{privaci_data['patient_id']}")


@privaci_scenario("urgent_open_ticket", constraints={"priority": 2})
def test_an_urgent_ticket_waits(privaci_data: dict[str, Any]) -> None:
    """Constraints of the test stand in the row; the rest is filled in."""
    ticket = privaci_data["ticket"]
    assert (ticket["priority"], ticket["status"], ticket["assignee_id"]) == (2, "new", None)
    assert ticket["subject"]


@privaci_scenario("locked_out_user")
def test_a_locked_user_has_three_sessions(privaci_data: dict[str, Any]) -> None:
    """A role with a count is a list of rows."""
    user = privaci_data["user"]
    assert user["status"] == "locked"
    assert [each["user_id"] for each in privaci_data["session"]] == [user["id"]] * 3


@privaci_scenario("invoice_with_three_lines", constraints={"plan": "enterprise"})
def test_an_invoice_has_its_lines(privaci_data: dict[str, Any]) -> None:
    """The lines refer to the invoice by its number."""
    number = privaci_data["invoice"]["number"]
    assert {line["invoice_number"] for line in privaci_data["line"]} == {number}
    assert privaci_data["organization"]["plan"] == "enterprise"
