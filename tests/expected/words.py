"""The words of the pages, in one place that is easy to change: which numbers are facts, and which are constants of a method.

`NUM` is a printed number. A fact names the number that has to stand there; constants are taken as they are. Blanks are blanks of any kind.
"""

FACTS: dict[str, list[tuple[str, list[str]]]] = {
    "en": [
        (r"NUM% of NUM, over which the source", ["rate_base", "base"]),
        (r"NUM% of the NUM invited", ["rate_invited", "invited"]),
        (r"n = NUM", ["kept"]),
        (r"NUM of NUM answered", ["kept", "base"]),
        (r"all NUM who were invited", ["invited"]),
        (r"Of the NUM that the rate is over", ["base"]),
        (r"[Oo]f the NUM invited", ["invited"]),
        (r"Per cent of NUM who had answered", ["base"]),
        (r"NUM answered\.", ["kept"]),
        (r"chi-squared = NUM on NUM degrees of freedom, p = NUM", ["statistic", "df", "p_value"]),
        (r"Rank test of all groups together: p [<=] NUM", ["rank_test"]),
        (r"test of association: p [<=] NUM", ["association"]),
        (r"rank test: p [<=] NUM", ["rank_test"]),
        (r"NUM interviews were held", ["interviews"]),
        (r"from NUM of NUM\.", ["units", "units"]),
        (r"NUM% of the answers, NUM% by the claim", ["one_of:answers,percent", "one_of:frame,claimed"]),
        (r"NUM of the groups (?:is|are) shown to differ", ["differing"]),
        (r"in NUM of NUM core groups", ["most_groups", "core_groups"]),
        (r"answers would be worth about NUM", ["worth"]),
        (
            r"NUM of NUM counts in the tables are hidden; none can be worked out within less than NUM",
            ["hidden", "counts", "width"],
        ),
        (r"NUM numbers in it are looked up", ["looked_up"]),
        (r"NUM claims are checked", ["claims"]),
        (r"NUM claims? (?:is|are|was|were) not checked [^.]*interval", ["not_by_interval"]),
        (r"NUM claims? (?:is|are|was|were) not checked [^.]*weights", ["not_by_weights"]),
        (r"NUM claims? (?:is|are|was|were) not checked [^.]*reading", ["not_by_reading"]),
        (r"The survey, NUM answers", ["kept"]),
    ],
    "nb": [
        (r"NUM % av NUM, som kilden", ["rate_base", "base"]),
        (r"NUM % av de NUM inviterte", ["rate_invited", "invited"]),
        (r"n = NUM", ["kept"]),
        (r"NUM av NUM svarte", ["kept", "base"]),
        (r"alle de NUM inviterte", ["invited"]),
        (r"[Aa]v de NUM inviterte", ["invited"]),
        (r"Prosent av NUM som hadde svart", ["base"]),
        (r"NUM svarte\.", ["kept"]),
        (r"kjikvadrat = NUM med NUM frihetsgrader, p = NUM", ["statistic", "df", "p_value"]),
        (r"Rangtest av alle gruppene samlet: p [<=] NUM", ["rank_test"]),
        (r"test av sammenheng: p [<=] NUM", ["association"]),
        (r"rangtest: p [<=] NUM", ["rank_test"]),
        (r"Det ble gjort NUM intervjuer", ["interviews"]),
        (r"Svar fra NUM av NUM\.", ["units", "units"]),
        (r"NUM % av svarene, NUM % etter påstanden", ["one_of:answers,percent", "one_of:frame,claimed"]),
        (r"skiller NUM av gruppene seg fra resten", ["differing"]),
        (r"sitter i NUM av NUM kjernegrupper", ["most_groups", "core_groups"]),
        (r"svar være verdt om lag NUM", ["worth"]),
        (
            r"NUM av NUM antall i tabellene er skjult, og ingen av dem kan regnes ut nærmere enn NUM",
            ["hidden", "counts", "width"],
        ),
        (r"NUM tall er hentet", ["looked_up"]),
        (r"NUM påstander er prøvd", ["claims"]),
        (r"NUM påstander er ikke prøvd mot et intervall", ["not_by_interval"]),
        (r"NUM påstander er ikke prøvd med vekter", ["not_by_weights"]),
        (r"NUM påstander er ikke prøvd med en annen lesemåte", ["not_by_reading"]),
        (r"Undersøkelsen, NUM svar", ["kept"]),
    ],
}

CONSTANTS: dict[str, list[str]] = {
    "en": [
        r"95% interval(s)?",
        r"need not add up to 100",
        r"0\.5 is no difference",
        r"from 1 for the lowest answer",
        r"[Tt]he lowest answer counts 1, the next 2",
        r"RR[1-6]",
        r"above 1:",
        r"p below 0\.05",
        r"1 is alike",
        r"where 1 means",
        r"With weights, 100(?= answers)",
        r"at 1, and weights",
        r"0\.5 means no difference",
        r"\(1: (everyone|no loss)",
        r"0\.0+1 or more",
        r"(More|Less|more|less) than 50%",
        r"^(Appendix|Table|Figure) \d+(\.\d+)?",
        r"R²",
    ],
    "nb": [
        r"95 %-intervall(et|er|ene)?",
        r"kan avvike fra 100",
        r"0,5 er ingen forskjell",
        r"fra 1 for det laveste svaret",
        r"[Dd]et laveste svaret teller 1, det neste 2",
        r"RR[1-6]",
        r"over 1:",
        r"p under 0,05",
        r"1 er like",
        r"1 betyr at",
        r"Med vekter ville 100(?= svar)",
        r"den stå på 1",
        r"0,5 betyr ingen forskjell",
        r"\(1: ",
        r"0,0+1 eller mer",
        r"([Oo]ver|[Uu]nder|[Mm]er enn|[Mm]indre enn) 50 %",
        r"^(Vedlegg|Tabell|Figur) \d+(\.\d+)?",
        r"R²",
    ],
}

# Headings of tables of counts, and the column that each has; '%' after a heading is left out.
COUNT_HEADS: dict[str, dict[str, str]] = {
    "en": {
        "Per cent": "percent",
        "Number of answers": "count",
        "Number of answers (n)": "n",
        "Answered": "count",
        "In the frame": "frame",
        "Response rate": "rate",
        "Ticked": "ticked.percent",
        "Of all ticks": "of_ticks",
        "Number of ticks": "ticked.count",
    },
    "nb": {
        "Prosent": "percent",
        "Antall svar": "count",
        "Antall svar (n)": "n",
        "Svarte": "count",
        "I utvalgsrammen": "frame",
        "Svarprosent": "rate",
        "Krysset av": "ticked.percent",
        "Av alle kryss": "of_ticks",
        "Antall kryss": "ticked.count",
    },
}
TOGETHER = {"en": "Together: ", "nb": "Samlet: "}

# Headings of tables of estimates; a heading that is listed may stand over these columns alone.
ESTIMATE_HEADS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "95% interval, from": ("conf_low", "mean_low"),
        "95% interval, to": ("conf_high", "mean_high"),
        "95% interval": ("interval", "raw_interval", "first_interval"),
        "Without correction, from": ("wide_low",),
        "Without correction, to": ("wide_high",),
        "95% interval, adjusted": ("adjusted_interval",),
        "Raw difference, percentage points": ("raw",),
        "Adjusted difference, percentage points": ("adjusted", "estimate"),
        "Estimate (log odds)": ("estimate",),
        "Standard error": ("std_error",),
        "Test statistic": ("statistic",),
        "Degrees of freedom": ("df",),
        "p-value": ("p_value",),
        "p-value, adjusted": ("p_adjusted",),
        "p, adjusted": ("p_adjusted",),
        "Odds ratio": ("estimate",),
        "With an opinion (n)": ("n",),
        "Net score": ("mean",),
        "Probability of a higher answer": ("superiority",),
        "Per cent": ("percent",),
        "An effect for each unit, percentage points": ("first",),
        "Random intercept, percentage points": ("other",),
        "Of the answers (%)": ("answers",),
        "Of the frame (%)": ("frame",),
        "Gap, percentage points": ("gap",),
        "Had answered": ("count",),
        "Here": ("estimate",),
        "statsmodels": ("peer_estimate",),
        "As chosen": ("main",),
        "Link: probit": ("link:probit",),
        "Link: cloglog": ("link:cloglog",),
        "Link: loglog": ("link:loglog",),
        "The highest answer alone": ("reading:top",),
        "Without the smallest (ministry)": ("without:smallest",),
        "Without KDD": ("without:kdd",),
        "Weighted to the population": ("weights:frame",),
        "Effect of its own (log odds)": ("unpooled",),
        "Conditional mode (log odds)": ("mode",),
    },
    "nb": {
        "95 %-intervall, fra": ("conf_low", "mean_low"),
        "95 %-intervall, til": ("conf_high", "mean_high"),
        "95 %-intervall": ("interval", "raw_interval", "first_interval"),
        "Rå forskjell, prosentpoeng": ("raw",),
        "Justert forskjell, prosentpoeng": ("adjusted", "estimate"),
        "Standardfeil": ("std_error",),
        "Testobservator": ("statistic",),
        "Frihetsgrader": ("df",),
        "p-verdi": ("p_value",),
        "p-verdi, justert": ("p_adjusted",),
        "p, justert": ("p_adjusted",),
        "Oddsrate": ("estimate",),
        "Med en oppfatning (n)": ("n",),
        "Nettoskår": ("mean",),
        "Sannsynlighet for et høyere svar": ("superiority",),
        "Prosent": ("percent",),
        "Tilfeldig konstantledd, prosentpoeng": ("other",),
        "statsmodels": ("peer_estimate",),
        "Som valgt": ("main",),
        "Uten de minste (departement)": ("without:smallest",),
        "Uten KDD": ("without:kdd",),
        "Vektet til populasjonen": ("weights:frame",),
    },
}

# What drawings call things.
COMPARED = {"en": "{0}, compared with {1}", "nb": "{0}, sammenlignet med {1}"}
ABOVE = {"en": "Above “{0}”", "nb": "Over «{0}»"}
INTERVAL = {"en": "interval", "nb": "intervall"}
VARIANTS: dict[str, dict[str, str]] = {
    "en": {
        "main": "As chosen",
        "link:probit": "Link: probit",
        "link:cloglog": "Link: cloglog",
        "link:loglog": "Link: loglog",
        "reading:top": "The highest answer alone",
        "without:smallest": "Without the smallest (ministry)",
        "without:kdd": "Without KDD",
        "weights:frame": "Weighted to the population",
    },
    "nb": {
        "main": "Som valgt",
        "link:probit": "Linkfunksjon: probit",
        "link:cloglog": "Linkfunksjon: cloglog",
        "link:loglog": "Linkfunksjon: loglog",
        "reading:top": "Det høyeste svaret alene",
        "without:smallest": "Uten de minste (departement)",
        "without:kdd": "Uten KDD",
        "weights:frame": "Vektet til populasjonen",
    },
}
WORD_TABLE = {"en": "Table", "nb": "Tabell"}
READING = "under that reading"

# Sentences whose direction is known, by the rule that checks them. `L1`, `L2` are linked numbers, `A`, `B` names of groups or answers,
# `…` anything. A sentence that changes is changed here; a rule that no sentence of a page follows any more checks nothing.
SENTENCES: dict[str, dict[str, str]] = {
    "from_to": {
        "en": "(?:From|from) L1(?: in the group “A”)? to L2(?: in the group “B”)?",
        "nb": "(?:Fra|fra) L1(?: i gruppen «A»)? til L2(?: i gruppen «B»)?",
    },
    "above_half": {"en": "L1…More than 50%, even by the lowest", "nb": "L1…Over 50 %, også ved det laveste"},
    "below_half": {"en": "L1…Less than 50%, even by the highest", "nb": "L1…Under 50 %, også ved det høyeste"},
    "than_rest": {
        "en": "Answers are (?P<way>higher|lower) [^⟦.]*than in the rest \\(probability L1",
        "nb": "Svarene er gjennomgående (?P<way>høyere|lavere) [^⟦.]*enn ellers \\(sannsynlighet L1",
    },
    "by_points": {
        "en": "is L1 percentage points (?P<way>higher|lower)",
        "nb": "er L1 prosentpoeng (?P<way>høyere|lavere)",
    },
    "largest": {"en": "L1[^⟦]*It is the largest difference by", "nb": "L1[^⟦]*Det er den største forskjellen etter"},
    "times": {
        "en": "odds of a higher answer are L1 times as high",
        "nb": "Oddsen for et høyere svar er L1 ganger så høy",
    },
    "no_odds": {
        "en": "No difference between the answers …is shown, …odds ratio is L1",
        "nb": "Det er ikke påvist noen forskjell mellom svarene …: Oddsforholdet er L1",
    },
    "above_average": {"en": "^Above the average ", "nb": "^Over gjennomsnittet"},
    "below_average": {"en": "^Below the average ", "nb": "^Under gjennomsnittet"},
    "goes_with": {
        "en": "goes with the answers, all else equal \\(L1",
        "nb": "henger sammen med svarene, alt annet likt \\(L1",
    },
    "odds_hold": {"en": "smallest p-value of a predictor: L1", "nb": "Laveste p-verdi for en forklaringsvariabel: L1"},
    "largest_move": {
        "en": "the largest (?:move|departure) is L1 percentage points[^⟦]*of more than L2 are excluded",
        "nb": "[Dd]et største utslaget er L1 prosentpoeng[^⟦]*på mer enn L2 kan utelukkes",
    },
    "units_within": {
        "en": "No (?P<other>other )?[^⟦.]*is shown to differ from the average one[^⟦]*of more than L1 percentage points are excluded",
        "nb": "Etter [^⟦.]* er det ikke påvist at (?:(?P<other>flere)|noen) skiller seg fra gjennomsnittet[^⟦]*på mer enn L1 prosentpoeng kan utelukkes",
    },
    "lacking": {
        "en": "(?P<none>It is not shown that a|\\x41) missing answer goes with [^⟦]*smallest p-value: L1[^⟦]*more than L2",
        "nb": "(?P<none>Det er ikke påvist at m|M)anglende svar følger [^⟦]*laveste p-verdi: L1[^⟦]*mer enn L2",
    },
    "instead": {
        "en": "L1 percentage points instead of L2; the conclusion (?P<stays>stays|changes)",
        "nb": "L1 prosentpoeng i stedet for L2. Konklusjonen (?P<stays>står seg|endres)",
    },
    "variants": {
        "en": ": from L1 to L2 …; the conclusion is the same",
        "nb": ": fra L1 til L2 prosentpoeng. Konklusjonen er den samme",
    },
    "units_differ": {
        "en": "Answers differ by [^⟦.]* more than chance would have it \\(L1",
        "nb": "Svarene varierer mer etter [^⟦.]* enn tilfeldigheter tilsier \\(L1",
    },
    "largest_gap": {
        "en": "^The largest gap: A has L1 percentage points (?P<way>less|more)",
        "nb": "^Det største avviket: A har L1 prosentpoeng (?P<way>mindre|større)",
    },
    "most_fewest": {
        "en": "Most often “A” \\(L1\\), least often “B” \\(L2\\)",
        "nb": "Oftest valgt er «A» \\(L1\\), sjeldnest «B» \\(L2\\)",
    },
    "largest_group": {"en": "The most common answer is “A”: L1", "nb": "Det vanligste svaret er «A»: L1"},
    "most_least_often": {
        "en": "Most often to “A” \\(L1\\), least often to “B” \\(L2\\)",
        "nb": "Oftest på «A» \\(L1\\), sjeldnest på «B» \\(L2\\)",
    },
    "turns_more": {"en": "[Mm]ore than 50%…as long as more than L1", "nb": "mer enn 50 %…så lenge over L1"},
    "turns_less": {"en": "[Ll]ess than 50%…as long as less than L1", "nb": "mindre enn 50 %…så lenge under L1"},
    "statements": {"en": "L1 answer …to “A”, against L2 to “B”", "nb": "L1 svarer …om «A», mot L2 om «B»"},
    "before": {"en": "Before the reminder of A, L1 had answered", "nb": "Før påminnelsen A hadde L1 svart"},
    "in_the_end": {"en": "In the end, L1 had answered", "nb": "Til slutt hadde L1 svart"},
    "caption_share": {
        "en": "^(?:Figure [\\d.]+ )?(?:[^:]*: )?(?P<share>NUM)% [^–]*$",
        "nb": "^(?:Figur [\\d.]+ )?(?:[^:]*: )?(?P<share>NUM) % [^–]*$",
    },
    "caption_range": {"en": "(?P<low>NUM)–(?P<high>NUM)%?", "nb": "(?P<low>NUM)–(?P<high>NUM)"},
}
# Words for the upper and for the lower side.
HIGHER = {"higher", "høyere", "more", "større"}
STAYS = {"stays", "står seg"}
VERDICT = {"en": "Borne out", "nb": "Holder"}
# What a claim's checks say where all of it was checked; readings say more and begin otherwise.
WHOLE = {"holds", "holder"}
HIGHEST = {"en": "Highest: {}; lowest: {}", "nb": "Høyest: {}; lavest: {}"}
LARGEST_DIFFERENCE = {"en": "the largest difference is by .+: “(.+)”$", "nb": "størst forskjell etter .+: «(.+)»$"}
