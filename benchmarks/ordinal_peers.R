# One timing of one R package: Rscript ordinal_peers.R CASE FILE REPEATS; prints seconds and log-likelihood.
suppressPackageStartupMessages({library(stats)})
args <- commandArgs(TRUE); case <- args[1]; repeats <- as.integer(args[3])
package <- c(clm='ordinal',clm_numbers='ordinal',clm_counts='ordinal',polr='MASS',polr_counts='MASS',orm='rms',clmm_counts='ordinal')[[case]]
if(!requireNamespace(package,quietly=TRUE)) { cat('absent\n'); quit() }
suppressPackageStartupMessages(library(package,character.only=TRUE))
d <- read.csv(args[2],stringsAsFactors=TRUE); d$y <- factor(d$y,ordered=TRUE)
fit <- switch(case,
  clm=function() clm(y~role+section+unit,data=d), clm_numbers=function() clm(y~role+section+age+pay,data=d), clm_counts=function() clm(y~role+section+unit,data=d,weights=n),
  polr=function() polr(y~role+section+unit,data=d,Hess=TRUE), polr_counts=function() polr(y~role+section+unit,data=d,weights=n,Hess=TRUE),
  orm=function() orm(y~role+section+unit,data=d,x=TRUE,y=TRUE),
  clmm_counts=function() clmm(y~role+section+(1|unit),data=d,weights=n,nAGQ=10))
best <- Inf; for(i in seq_len(repeats)) { seconds <- sum(system.time(m <- try(fit(),silent=TRUE))[1:2]); if(inherits(m,'try-error')) { cat('failed\n'); quit() }; best <- min(best,seconds) }
value <- if(case=='orm') as.numeric(-m$deviance[2]/2) else as.numeric(logLik(m))
cat(sprintf('%.6f %.6f\n',best,value))
