"""What a column's name says by itself, before its table and its values are known."""

from __future__ import annotations

import pytest

from privaci_core.detect.name_verdict import judge_name
from privaci_core.detect.weights import HIGH, MEDIUM

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("emailaddress email1 mail E-Mail indirizzoemail correo_electronico", "email"),
        ("phone_number phoneNumber mobile_number fax_number phone2 telefonocasa", "phone"),
        ("nationalidnumber ssn socialsecuritynumber codicefiscale numero_secu", "ssn"),
        ("nhs_number pesel upn nric bsn ahvnummer numero_avs", "ssn"),
        ("eori eori_number gstin", "tax_id"),
        ("ein vat_number tax_identification_number steuerid partita_iva", "tax_id"),
        ("npi dea_number", "npi"),
        ("insurance_member_id patientnumber studentnumber kundennr", "record_number"),
        ("cvv security_code cryptogramme", "cvv"),
        ("cardholder_name child_name reviewername signed_by titular_tarjeta", "full_name"),
        ("dateofbirth data_di_nascita geburtsdatum date_de_naissance", "dob"),
        ("token access_token refresh_token renewal_token reset_password_token auth_code", "secret"),
        ("encrypted_token private_key passwordsalt mfasecret totp_2fa_secret session_id", "secret"),
        ("pass_crypt password_encrypted password_digest passwordHash mot_de_passe", "password"),
        ("fingerprint imei device_id", "device"),
        ("cardnumber numero_carte", "credit_card"),
        ("fuehrerscheinnummer drivers_license_number", "driver_licence"),
        ("passport_no carta_identita reisepassnummer", "id_document"),
    ],
)
def test_a_kind_is_known_by_its_names(names: str, kind: str) -> None:
    """Run together or not, in several languages."""
    for name in names.split():
        verdict = judge_name(name, "text", ("en", "de", "fr", "es", "it"))
        assert verdict is not None, name
        assert (verdict.kind, verdict.score >= HIGH) == (kind, True), name


@pytest.mark.parametrize(
    "name",
    [
        *("invoice_display_name", "product_name", "filename", "host_name", "nombre_producto"),
        *("community_tag", "pusher", "place", "email_verified", "phone_type", "email_domain"),
        *("password_changed_at", "token_type", "tokens_count", "address_id", "show_email"),
        *("part_number", "serial_number", "order_number", "email_sent", "estado_correo"),
    ],
)
def test_names_of_things_and_of_what_is_about_data_are_nobodys(name: str) -> None:
    """Neither masked nor named, whatever word of a person they have."""
    verdict = judge_name(name)
    assert verdict is None or verdict.score < MEDIUM


def test_numbers_that_are_keys_are_nobodys() -> None:
    """A customer's id is a number of the database; a text that is called so is named."""
    assert judge_name("member_id", "int8") is None
    assert judge_name("member_id", "text") is not None
    assert judge_name("device_id", "uuid") is None


@pytest.mark.parametrize("name", ["", "1", "_", "ñ", "x" * 200, "名前"])
def test_any_name_can_be_judged(name: str) -> None:
    """Also one without a letter that the dictionary knows."""
    assert judge_name(name) is None
