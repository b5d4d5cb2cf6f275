-- 0042_media_entries.sql: what is kept counts its entries too, that of before as well:
-- else deleting it would take off more than it had counted.
-- Deploy: adds only.
UPDATE media_usage AS u
SET byte_count = (
    SELECT coalesce(sum(m.byte_count + 1024), 0)
    FROM media AS m
    WHERE u.owner IN ('', m.owner)
);
