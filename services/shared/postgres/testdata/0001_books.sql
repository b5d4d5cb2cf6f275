-- 0001_books.sql: something to migrate, for migrations_test.cc.
CREATE TABLE books (
    title text PRIMARY KEY
);
