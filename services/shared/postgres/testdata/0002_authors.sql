-- 0002_authors.sql: more than one statement, quotes and a backslash.
CREATE TABLE authors (
    name text PRIMARY KEY CHECK (name <> 'no"body\')
);
INSERT INTO authors VALUES ('Jane "J" Austen');
