"""The weights by which detection judges a column: what each piece of evidence adds to its score."""

from __future__ import annotations

# A column whose score reaches HIGH is masked, one that reaches MEDIUM is named, and one that
# reaches LOW is shown by `privaci plan`.
HIGH, MEDIUM, LOW = 6, 3, 1

# What the name alone says, by how certain its phrase is.
CERTAIN, USUAL, POSSIBLE = 6, 4, 2
# A column of numbers is seldom what its name says in text.
IN_NUMBERS = -2
# A short word of a language that the database does not speak.
DOUBTFUL_WORD = -2
# Words beside the phrase: of a person, of a thing, unknown ones where the head of a name is.
OF_A_PERSON, OF_A_THING, OF_A_THINGS_NAME, A_THING = 4, -1, -8, -4
ABOUT_THE_DATA, OTHER_HEAD, OTHER_WORD = -8, -3, 0
# The table, and the other columns of the table.
TABLE_OF_PEOPLE, TABLE_OF_THINGS, BESIDE_A_PERSON = 4, -3, 4
# Keys: names of things are often unique, and so are logins; a reference to what is nobody's is
# nobody's too.
UNIQUE_NAME, UNIQUE_LOGIN, REFERENCE = -2, 2, -6
# What the sampled values say.
CONFIRMED, CONTRADICTED = 5, -3
