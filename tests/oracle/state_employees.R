# Makes the synthetic export of data/raw/state-employees-2024, a stratified sample of agencies, and what R's survey package says
# of it: state_employees.csv beside this file. The truth is in `effects` below. Run in this folder: Rscript state_employees.R
suppressPackageStartupMessages(library(survey))
set.seed(2024)
strata <- data.frame(sector = c("Ministry", "Directorate", "Regional office"), agencies = c(18, 60, 120), drawn = c(9, 15, 20),
                     effects = c(0.4, 0, -0.3))
people <- do.call(rbind, lapply(seq_len(3), function(h) {
  s <- strata[h, ]
  do.call(rbind, lapply(seq_len(s$drawn), function(agency) {
    employees <- round(runif(1, 60, 400)); asked <- round(runif(1, 24, 36)); place <- rnorm(1, 0, 0.3)
    manager <- runif(asked) < 0.15
    age <- round(pmin(pmax(rnorm(asked, 46, 11), 19), 70))
    data.frame(Sector = s$sector, Agency = paste0(substr(s$sector, 1, 1), agency), Agencies = s$agencies,
               Weight = round(s$agencies / s$drawn * employees / asked, 4), Manager = manager, Age = age,
               latent = s$effects + place + 0.7 * manager + 0.01 * (age - 46))
  }))
}))
n <- nrow(people)
cut_at <- function(shift, at, labels) labels[findInterval(people$latent * shift + rlogis(n), at) + 1]
degree <- c("Not at all", "To a small degree", "To some degree", "To a large degree", "To a very large degree")
agree <- c("Disagree", "Partly disagree", "Partly agree", "Agree")
often <- c("Rarely", "Monthly", "Weekly", "Daily")
answers <- data.frame(
  Id = sample(10000:99999, n), Submitted = format(as.POSIXct("2024-10-07 08:00", tz = "UTC") + sort(runif(n, 0, 18 * 86400)), "%Y-%m-%d %H:%M"),
  people[c("Sector", "Agency", "Agencies", "Weight")],
  Role = ifelse(people$Manager, "Manager", "Employee"), Age = people$Age,
  Belonging = cut_at(1, c(-2.6, -1.2, 0.2, 1.9), degree),
  Clear = cut_at(0.6, c(-2, -0.7, 0.9), agree), Open = cut_at(0.9, c(-1.8, -0.6, 1), agree), Learn = cut_at(0.5, c(-1.6, -0.5, 1.1), agree),
  AI = ifelse(rlogis(n) + 0.3 * people$latent - 0.03 * (people$Age - 46) > -0.2, "Yes", "No"),
  Satisfaction = pmin(pmax(round(6.8 + 1.1 * people$latent + rnorm(n, 0, 1.7)), 0), 10),
  Form = ifelse(runif(n) < 0.5, "A", "B")
)
answers$Often <- ifelse(answers$AI == "Yes", cut_at(0.4, c(-1, 0, 1.2), often), "")
answers$StayA <- ifelse(answers$Form == "A", ifelse(runif(n) < plogis(0.8 + 0.4 * people$latent), "Yes", "No"), "")
answers$StayB <- ifelse(answers$Form == "B", ifelse(runif(n) < plogis(0.5 + 0.4 * people$latent), "Yes", "No"), "")
tools <- c("Chat, video and calls", "Shared documents", "Project boards")
has <- sapply(c(1.1, 0.6, -0.9), function(a) runif(n) < plogis(a + 0.2 * people$latent))
answers$Tools <- apply(has, 1, function(row) paste(tools[row], collapse = ", "))
answers$Comment <- ifelse(runif(n) < 0.2, "An answer in somebody's own words.", "")
answers$Belonging[sample(n, 20)] <- ""
answers$Satisfaction[sample(n, 15)] <- ""
write.csv(answers, "../../data/raw/state-employees-2024/answers.csv", row.names = FALSE)

answers$Belonging <- factor(answers$Belonging, levels = c(degree, ""))
answers$Clear <- factor(answers$Clear, levels = agree)
answers$Often <- factor(answers$Often, levels = c(often, ""))
answers$Score <- as.numeric(answers$Satisfaction)
answers$Calls <- as.numeric(has[, 1])
design <- svydesign(ids = ~Agency, strata = ~Sector, weights = ~Weight, fpc = ~Agencies, nest = TRUE, data = answers)
rows <- list()
put <- function(name, values) rows[[length(rows) + 1]] <<- data.frame(name = name, value = as.numeric(values))
both <- function(name, item, d) {
  put(name, coef(svymean(item, d, na.rm = TRUE))); put(paste0(name, ".se"), SE(svymean(item, d, na.rm = TRUE)))
}
both("belonging", ~Belonging, design)
for (sector in strata$sector) both(paste0("belonging.", sector), ~Belonging, subset(design, Sector == sector))
both("clear", ~Clear, design)
both("often", ~droplevels(Often), subset(design, AI == "Yes"))
both("satisfaction", ~Score, design)
both("satisfaction.Manager", ~Score, subset(design, Role == "Manager"))
both("age", ~Age, design)
both("calls", ~Calls, design)
both("stay_a", ~as.numeric(StayA == "Yes"), subset(design, Form == "A"))
known <- subset(update(design, Belonging = factor(Belonging, levels = degree)), !is.na(Belonging))
put("chisq", svychisq(~Belonging + Sector, known, statistic = "F")$p.value)
write.csv(do.call(rbind, rows), "state_employees.csv", row.names = FALSE)
