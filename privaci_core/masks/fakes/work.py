"""Makes what people do for a living: the company they work for and their job title."""

from __future__ import annotations

from functools import partial

from privaci_core.masks.fakes.request import one_of

company = partial(one_of, "company", "company")
job_title = partial(one_of, "job_title", "job_title")
