# A made survey: strata, clusters, sampling weights, numbers, interactions, missing answers; what R answers on it.
# Run: Rscript ref3_survey.R (writes survey_clm.csv and survey_clm.json)
source('common.R')
set.seed(20230424); n <- 900
unit <- sample(1:12, n, TRUE); stratum <- factor(c('north','south','west')[(unit-1) %/% 4 + 1])
d <- data.frame(stratum, unit=factor(sprintf('u%02d',unit)),
  role=factor(ifelse(runif(n)<.2,'leader','caseworker'),levels=c('caseworker','leader')),
  section=factor(sample(c('policy','admin','other'),n,TRUE,c(.6,.3,.1)),levels=c('policy','admin','other')),
  years=sample(0:25,n,TRUE), pay=round(exp(rnorm(n,13,.25))))
lat <- .7*(d$role=='leader')+.5*(d$section=='admin')-.2*(d$section=='other')+.03*d$years-.4*(d$role=='leader')*(d$section=='admin')+rnorm(12,0,.5)[unit]+rlogis(n)
d$y <- cut(lat,c(-Inf,-1.2,0,.9,2.2,Inf),labels=c('none','small','neither','some','great'),ordered_result=TRUE)
d$y[sample(n,20)] <- NA; d$years[sample(n,15)] <- NA
d$weight <- round(runif(n,.5,3)*c(north=2,south=1,west=4)[as.character(d$stratum)],3)
d$units_in_population <- c(north=10,south=4,west=30)[as.character(d$stratum)]
d$people_in_population <- c(north=900,south=600,west=2500)[as.character(d$stratum)]
write.csv(d,'survey_clm.csv',row.names=FALSE)
full <- na.omit(d[c('y','role','section','years','pay','unit','stratum','weight','units_in_population','people_in_population')]); full <- droplevels(full)
fit <- function(m) list(names=names(coef(m)),coef=unname(coef(m)),se=unname(sqrt(diag(vcov(m)))),loglik=as.numeric(logLik(m)),aic=AIC(m),bic=BIC(m),nobs=nobs(m))
tight <- clmtight
o <- list(levels=levels(d$y))
m <- tight(y~role*section+years,data=d); o$interaction <- fit(m)
o$interaction_profile <- confint(m,type='profile',level=.9)
o$links <- lapply(setNames(nm=c('logit','probit','cloglog','loglog')),function(l) fit(tight(y~role+section+years,data=d,link=l)))
o$large_number <- fit(tight(y~role+log(pay)+I(years^2),data=d))
o$nominal_two <- fit(tight(y~role,nominal=~section+years,data=d))
o$nominal_probit <- fit(tight(y~section+years,nominal=~role,data=d,link='probit'))
o$nominal_cloglog <- fit(tight(y~section+years,nominal=~role,data=d,link='cloglog'))
o$scale_two <- fit(tight(y~role+section+years,scale=~role+years,data=d))
o$nominal_scale <- fit(tight(y~section+years,nominal=~role,scale=~section,data=d))
o$scale_probit <- fit(tight(y~role+section+years,scale=~section,data=d,link='probit'))
plain <- clm(y~role+section+years,data=full); o$nominal_test <- nt(nominal_test(plain)); o$scale_test <- nt(scale_test(plain))
o$brant <- lapply(brant_ref(y~role+section+years,full)[1:2],tj)
o$binary <- fit(tight(factor(y>'neither')~role+section+years,data=d))
m <- tight(y~role+section+years,data=full); o$robust <- unname(sqrt(diag(sandwich(m)))); o$cluster <- unname(sqrt(diag(vcovCL(m,cluster=full$unit,type='HC0',cadjust=FALSE))))
# cauchit with true infinite bounds: Newton on analytic probabilities, numerical derivatives
nll <- function(par,X,y,w,link,J) { P <- probs(par,X,J,link); -sum(w*log(P[cbind(seq_along(y),y)])) }
polish <- function(par,f) { for(i in 1:40){ g<-grad(f,par); H<-hessian(f,par); s<-solve(H,g); par<-par-s; if(max(abs(s))<1e-11) break }; list(par=par,H=hessian(f,par),value=f(par)) }
X <- model.matrix(~role+section+years,full)[,-1]; yi <- as.integer(full$y)
s0 <- coef(tight(y~role+section+years,data=full,link='cauchit')); q <- polish(s0,function(p) nll(p,X,yi,rep(1,nrow(X)),'cauchit',5))
o$cauchit <- list(coef=unname(q$par),se=unname(sqrt(diag(solve(q$H)))),loglik=-q$value)
# design-based: exact pseudo-maximum likelihood, score from numerical derivatives of each log-probability, svyrecvar
design_ref <- function(form,des,rows,link='logit',start) {
  dd <- des$variables[rows,]; X <- model.matrix(form,dd)[,-1,drop=FALSE]; yi <- as.integer(dd$y); w <- weights(des)[rows]
  q <- polish(start,function(p) nll(p,X,yi,w/mean(w),link,5)); H <- q$H*mean(w)
  li <- function(p) { P <- probs(p,X,5,link); log(P[cbind(seq_along(yi),yi)]) }
  U <- matrix(0,nrow(des$variables),length(start)); U[rows,] <- (jacobian(li,q$par)*w)%*%solve(H)
  V <- svyrecvar(U,des$cluster,des$strata,des$fpc,postStrata=des$postStrata); list(coef=unname(q$par),se=unname(sqrt(diag(V))),vcov=unname(V)) }
rows <- complete.cases(d[c('y','role','section','years')]); f <- y~role+section+years
st <- coef(tight(f,data=d[rows,],weights=weight))
des <- list(strata_clusters_fpc=svydesign(id=~unit,strata=~stratum,weights=~weight,fpc=~units_in_population,data=d),
  strata_clusters=svydesign(id=~unit,strata=~stratum,weights=~weight,data=d), clusters=svydesign(id=~unit,weights=~weight,data=d),
  strata_people_fpc=svydesign(id=~1,strata=~stratum,weights=~weight,fpc=~people_in_population,data=d), plain=svydesign(id=~1,weights=~weight,data=d),
  unweighted_clusters=svydesign(id=~unit,strata=~stratum,weights=~1,data=d))
o$design <- lapply(des,function(z) design_ref(f,z,rows,start=st)); o$design_cloglog <- design_ref(f,des$strata_clusters_fpc,rows,'cloglog',coef(tight(f,data=d[rows,],weights=weight,link='cloglog')))
s <- svyolr(f,des$strata_clusters_fpc,control=list(reltol=1e-16,maxit=500)); o$svyolr_tight <- list(coef=nm(coef(s)),se=nm(sqrt(diag(vcov(s)))),df_residual=s$df.residual)
# robust with sampling weights: sum of squared weighted scores
dd <- d[rows,]; q <- polish(st,function(p) nll(p,X=model.matrix(f,dd)[,-1],as.integer(dd$y),dd$weight,'logit',5)); Xr<-model.matrix(f,dd)[,-1]; yr<-as.integer(dd$y)
U <- jacobian(function(p){P<-probs(p,Xr,5); log(P[cbind(seq_along(yr),yr)])},q$par)*dd$weight; A<-solve(q$H); o$sampling_robust <- unname(sqrt(diag(A%*%crossprod(U)%*%A)))
tc <- rowsum(U,as.character(dd$unit)); o$sampling_cluster <- unname(sqrt(diag(A%*%crossprod(tc)%*%A)))
# Jeffreys' prior on a separated table: maximise l + log det I / 2, expected information from probabilities
sep <- expand.grid(y=factor(c('low','mid','high'),levels=c('low','mid','high'),ordered=TRUE),g=factor(c('a','b','c')),r=factor(c('no','yes'))); sep$n <- c(8,5,4, 9,0,0, 3,6,7, 4,5,3, 6,0,0, 2,5,9)
Xs <- model.matrix(~g+r,unique(sep[c('g','r')]))[,-1]; W <- matrix(sep$n,ncol=3,byrow=TRUE)
pen <- function(p,link) { P<-probs(p,Xs,3,link); if(any(P<=0)) return(1e10); G<-jacobian(function(t) as.vector(probs(t,Xs,3,link)),p); I<-crossprod(G,G*(as.vector(rowSums(W)/P))); -sum(W*log(P))-.5*as.numeric(determinant(I)$modulus) }
o$jeffreys <- lapply(setNames(nm=c('logit','probit')),function(l){ a<-optim(c(-.5,1,-1,0,0),pen,link=l,method='BFGS',control=list(reltol=1e-15,maxit=1000)); a<-optim(a$par,pen,link=l,method='BFGS',control=list(reltol=1e-16,maxit=1000)); list(coef=a$par,penalised_loglik=-a$value) })
o$jeffreys_table <- list(y=as.character(sep$y),g=as.character(sep$g),r=as.character(sep$r),n=sep$n)
save_json(o,'survey_clm.json'); print(o$design$strata_clusters_fpc$se); print(o$svyolr_tight$se|>unlist()); print(o$cauchit); print(o$jeffreys)
