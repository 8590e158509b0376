# Likelihood-ratio tests of nested models, by ordinal's anova: tests/oracle/anova.csv.
# Run in this folder: Rscript ref_anova.R   (R 4.2.2, ordinal 2022.11-16)
suppressPackageStartupMessages(library(ordinal))
wine <- read.csv("wine.csv", stringsAsFactors = TRUE)
wine$rating <- factor(wine$rating, ordered = TRUE)
for (name in c("temp", "contact", "judge")) wine[[name]] <- factor(wine[[name]])
one <- clm(rating ~ temp, data = wine)
two <- clm(rating ~ temp + contact, data = wine)
three <- clm(rating ~ temp * contact, data = wine)
free <- clm(rating ~ temp, nominal = ~ contact, data = wine)
scaled <- clm(rating ~ temp + contact, scale = ~ temp, data = wine)
mixed_one <- clmm(rating ~ temp + (1 | judge), data = wine, nAGQ = 10)
mixed_two <- clmm(rating ~ temp + contact + (1 | judge), data = wine, nAGQ = 10)
row <- function(name, found) {
  data.frame(name = name, statistic = found$LR.stat[2], df = found$df[2], p_value = found[["Pr(>Chisq)"]][2])
}
options(digits = 15)
write.csv(rbind(
  row("contact", anova(one, two)), row("interaction", anova(two, three)), row("nominal", anova(two, free)),
  row("scale", anova(two, scaled)), row("mixed", anova(mixed_one, mixed_two)), row("intercept", anova(two, mixed_two))
), "anova.csv", row.names = FALSE, quote = FALSE)
