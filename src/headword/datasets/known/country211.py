"""Country211 (Radford et al., 2021): photographs by the country they were taken in, folders by ISO code."""

from headword.datasets.spec import KnownClasses, classes

SPEC = KnownClasses(
    name="country211",
    title="Country211",
    splits={"train": 31_650, "val": 10_550, "test": 21_100},
    licence="Creative Commons, each picture's own (YFCC100M)",
    where="https://github.com/openai/CLIP/blob/main/data/country211.md",
    layout="country211/test/<code>/<file>.jpg, …/train/…, …/valid/…",
    classes=classes("""
        AD: Andorra; AE: United Arab Emirates; AF: Afghanistan; AG: Antigua and Barbuda; AI: Anguilla; AL: Albania;
        AM: Armenia; AO: Angola; AQ: Antarctica; AR: Argentina; AT: Austria; AU: Australia; AW: Aruba;
        AX: Aland Islands; AZ: Azerbaijan; BA: Bosnia and Herzegovina; BB: Barbados; BD: Bangladesh; BE: Belgium;
        BF: Burkina Faso; BG: Bulgaria; BH: Bahrain; BJ: Benin; BM: Bermuda; BN: Brunei Darussalam; BO: Bolivia;
        BQ: Bonaire, Saint Eustatius and Saba; BR: Brazil; BS: Bahamas; BT: Bhutan; BW: Botswana; BY: Belarus;
        BZ: Belize; CA: Canada; CD: DR Congo; CF: Central African Republic; CH: Switzerland; CI: Cote d'Ivoire;
        CK: Cook Islands; CL: Chile; CM: Cameroon; CN: China; CO: Colombia; CR: Costa Rica; CU: Cuba; CV: Cabo Verde;
        CW: Curacao; CY: Cyprus; CZ: Czech Republic; DE: Germany; DK: Denmark; DM: Dominica; DO: Dominican Republic;
        DZ: Algeria; EC: Ecuador; EE: Estonia; EG: Egypt; ES: Spain; ET: Ethiopia; FI: Finland; FJ: Fiji;
        FK: Falkland Islands; FO: Faeroe Islands; FR: France; GA: Gabon; GB: United Kingdom; GD: Grenada; GE: Georgia;
        GF: French Guiana; GG: Guernsey; GH: Ghana; GI: Gibraltar; GL: Greenland; GM: Gambia; GP: Guadeloupe;
        GR: Greece; GS: South Georgia and South Sandwich Is.; GT: Guatemala; GU: Guam; GY: Guyana; HK: Hong Kong;
        HN: Honduras; HR: Croatia; HT: Haiti; HU: Hungary; ID: Indonesia; IE: Ireland; IL: Israel; IM: Isle of Man;
        IN: India; IQ: Iraq; IR: Iran; IS: Iceland; IT: Italy; JE: Jersey; JM: Jamaica; JO: Jordan; JP: Japan;
        KE: Kenya; KG: Kyrgyz Republic; KH: Cambodia; KN: St. Kitts and Nevis; KP: North Korea; KR: South Korea;
        KW: Kuwait; KY: Cayman Islands; KZ: Kazakhstan; LA: Laos; LB: Lebanon; LC: St. Lucia; LI: Liechtenstein;
        LK: Sri Lanka; LR: Liberia; LT: Lithuania; LU: Luxembourg; LV: Latvia; LY: Libya; MA: Morocco; MC: Monaco;
        MD: Moldova; ME: Montenegro; MF: Saint-Martin; MG: Madagascar; MK: Macedonia; ML: Mali; MM: Myanmar;
        MN: Mongolia; MO: Macau; MQ: Martinique; MR: Mauritania; MT: Malta; MU: Mauritius; MV: Maldives; MW: Malawi;
        MX: Mexico; MY: Malaysia; MZ: Mozambique; NA: Namibia; NC: New Caledonia; NG: Nigeria; NI: Nicaragua;
        NL: Netherlands; NO: Norway; NP: Nepal; NZ: New Zealand; OM: Oman; PA: Panama; PE: Peru; PF: French Polynesia;
        PG: Papua New Guinea; PH: Philippines; PK: Pakistan; PL: Poland; PR: Puerto Rico; PS: Palestine; PT: Portugal;
        PW: Palau; PY: Paraguay; QA: Qatar; RE: Reunion; RO: Romania; RS: Serbia; RU: Russia; RW: Rwanda;
        SA: Saudi Arabia; SB: Solomon Islands; SC: Seychelles; SD: Sudan; SE: Sweden; SG: Singapore; SH: St. Helena;
        SI: Slovenia; SJ: Svalbard and Jan Mayen Islands; SK: Slovakia; SL: Sierra Leone; SM: San Marino; SN: Senegal;
        SO: Somalia; SS: South Sudan; SV: El Salvador; SX: Sint Maarten; SY: Syria; SZ: Eswatini; TG: Togo;
        TH: Thailand; TJ: Tajikistan; TL: Timor-Leste; TM: Turkmenistan; TN: Tunisia; TO: Tonga; TR: Turkey;
        TT: Trinidad and Tobago; TW: Taiwan; TZ: Tanzania; UA: Ukraine; UG: Uganda; US: United States; UY: Uruguay;
        UZ: Uzbekistan; VA: Vatican; VE: Venezuela; VG: British Virgin Islands; VI: United States Virgin Islands;
        VN: Vietnam; VU: Vanuatu; WS: Samoa; XK: Kosovo; YE: Yemen; ZA: South Africa; ZM: Zambia; ZW: Zimbabwe
    """),
    checksums={"country211.tgz": "84988d7644798601126c29e9877aab6a"},
)
