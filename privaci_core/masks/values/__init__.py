"""Changes values by rule: constants, rewriting, coarsening, noise, dates, shuffling."""
