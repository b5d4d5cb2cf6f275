-- 0031_shared_ceilings.sql: a ceiling that isn't exclusive allows namespaces
-- that aren't exclusive, and no others.
-- Deploy: adds only. While the release before this one runs too, it takes all
-- ceilings for exclusive ones: store shared ones when it is gone.
ALTER TABLE ceilings ADD COLUMN exclusive boolean NOT NULL DEFAULT true;
