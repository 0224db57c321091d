"""Names of countries, by their codes of ISO 3166."""

from __future__ import annotations

from babel import Locale

_NO_COUNTRY = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # of the CLDR's two-letter codes
COUNTRIES = {
    code: str(name)
    for code, name in sorted(Locale("en").territories.items(), key=lambda item: str(item[1]))
    if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
}
