"""Makes the values of a judged column: people who do not exist, and things."""

from __future__ import annotations

import random
import string
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from stdnum import iban, luhn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Make = Callable[[random.Random, str], str]

WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
GIVEN, FAMILY, THINGS, OBJECTS, PLACES, FIRMS = (
    WORDS[name].split() for name in ("given", "family", "things", "objects", "places", "firms")
)
LABELS = ("open", "closed", "pending", "new", "paid")
ADJECTIVES = ("red", "green", "oak", "maple", "advanced", "regional", "northern", "senior")


def column_of(values: str, language: str, rows: int, seed: str) -> list[str]:
    """The text of so many values of one kind, the same ones each time."""
    generator = random.Random(seed)  # noqa: S311 - values of no secret
    make = MAKERS.get(values)
    return [make(generator, language) for _ in range(rows)] if make else []


def _filled(form: str, generator: random.Random) -> str:
    letters = {"#": string.digits, "A": string.ascii_uppercase}
    return "".join(generator.choice(letters.get(letter, letter)) for letter in form)


def _form(*forms: str) -> Make:
    return lambda generator, _: _filled(generator.choice(forms), generator)


def _chosen(words: Sequence[str]) -> Make:
    return lambda generator, _: generator.choice(words)


def _full(generator: random.Random, _: str) -> str:
    first, last = generator.choice(GIVEN), generator.choice(FAMILY)
    return generator.choice((f"{first} {last}", f"{first} {last}", f"{last}, {first}"))


def _user(generator: random.Random, _: str) -> str:
    word = generator.choice(GIVEN).lower()
    return f"{word}{generator.choice(('.', '_', '', ''))}{generator.randrange(1000)}"


def _email(generator: random.Random, language: str) -> str:
    return f"{_user(generator, language)}@mail{generator.randrange(9)}.example.test"


def _street(generator: random.Random, language: str) -> str:
    return WORDS["streets"][language].format(generator.randrange(1, 200))


def _place(generator: random.Random, _: str) -> str:
    return generator.choice(PLACES).replace("_", " ")


def _address(generator: random.Random, language: str) -> str:
    street, code = _street(generator, language), _filled("#####", generator)
    return f"{street}, {code} {_place(generator, language)}"


def _phone(generator: random.Random, language: str) -> str:
    return _filled(generator.choice(WORDS["phones"][language]), generator)


def _national(generator: random.Random, language: str) -> str:
    return _filled(WORDS["national"][language], generator)


def _thing(generator: random.Random, _: str) -> str:
    words = f"{generator.choice(THINGS)} {generator.choice(OBJECTS)}"
    return generator.choice((words, f"{words} {generator.randrange(100)}"))


def _company(generator: random.Random, language: str) -> str:
    return f"{generator.choice(FIRMS)} {WORDS['endings'][language]}"


def _prose(generator: random.Random, language: str) -> str:
    return f"{WORDS['prose'][language]} ({generator.randrange(1000)})."


def _letter(generator: random.Random, language: str) -> str:
    if generator.random() < 1 / 2:
        return _prose(generator, language)
    return WORDS["letters"][language].format(
        _full(generator, language), _phone(generator, language)
    )


def _hex(length: int) -> Make:
    return lambda generator, _: f"{generator.getrandbits(4 * length):0{length}x}"


def _token(generator: random.Random, _: str) -> str:
    letters = string.ascii_letters + string.digits + "-_"
    return "".join(generator.choices(letters, k=32))


def _bcrypt(generator: random.Random, _: str) -> str:
    letters = string.ascii_letters + string.digits + "./"
    return "$2a$12$" + "".join(generator.choices(letters, k=53))


def _number(low: float, high: float, digits: int) -> Make:
    return lambda generator, _: str(round(generator.uniform(low, high), digits))


def _card(generator: random.Random, _: str) -> str:
    front = _filled("4000##########", generator) + "0"
    return front + luhn.calc_check_digit(front)


def _iban(generator: random.Random, _: str) -> str:
    account = f"10000000{_filled('##########', generator)}"
    return f"DE{iban.calc_check_digits(f'DE00{account}')}{account}"


def _date(generator: random.Random, _: str) -> str:
    year, month = generator.randrange(1935, 2012), generator.randrange(1, 13)
    return f"{year}-{month:02}-{generator.randrange(1, 29):02}"


CODES = ("AB-#####", "X###-##", "######", "AA####")
MAKERS: dict[str, Make] = {
    "first": lambda generator, _: generator.choice(GIVEN),
    "last": lambda generator, _: generator.choice(FAMILY),
    "full": _full,
    "initial": _form("A", "A."),
    "user": _user,
    "email": _email,
    "phone": _phone,
    "street": _street,
    "street2": _form("Apt ##", "#", "Floor #"),
    "city": _place,
    "addr": _address,
    "zip": _form("#####"),
    "dob": _date,
    "date": _date,
    "year": _number(1940, 2010, 0),
    "ssn": _national,
    "passport": _form("AA#######", "C##A##A#A"),
    "licence": _form("A######## ##", "AAAAA######A##AA"),
    "plate": _form("AA-AA ###", "AA### AA", "####-AAA"),
    "tax": _form("##-#######", "DE#########", "##/###/#####"),
    "rec": _form("########", "A#########", "###-####-##"),
    "npi": _form("1#########"),
    "card": _card,
    "cvv": _form("###"),
    "pin": _form("####", "######"),
    "iban": _iban,
    "ip": _form("203.0.113.#", "198.51.100.##", "192.0.2.1#"),
    "ip2": _form("10.0.#.##"),
    "mac": lambda generator, _: ":".join(_hex(2)(generator, _) for _ in range(6)),
    "pw": _bcrypt,
    "pw2": _token,
    "salt": _hex(16),
    "tok": _token,
    "dev": _hex(32),
    "lat": _number(-60, 60, 5),
    "lon": _number(-170, 170, 5),
    "text": _letter,
    "ua": _form("Mozilla/5.0 (X11; Linux x86_64; rv:1##.0) Gecko Firefox/1##.0"),
    "purl": _form("https://profiles.example.test/p/aa####"),
    "url": _form("https://static.example.test/img/####.png"),
    "blob": _hex(40),
    "things": _thing,
    "words": _chosen(
        [
            "red",
            "green",
            "oak",
            "maple",
            "advanced",
            "regional",
            "northern",
            "senior",
            "junior",
            "copper",
        ]
    ),
    "labels": _chosen(LABELS),
    "codes": _form(*CODES),
    "prose": _prose,
    "companies": _company,
    "places": _place,
    "files": _form("report_####.pdf", "scan-##.jpg"),
    "path": _form("/srv/data/##/####.bin", "templates/mail_##.html"),
    "hex": _hex(40),
    "hosts": _form("node-##.example.test"),
    "slugs": _form("winter-box-##", "home-kit-###"),
    "nums": _form("##", "#", "##.#"),
}
