-- +goose Up

-- One row for each item (a check or a question) that a learner has tried.
-- passed_at stays what it was the first time: once passed, passed.
CREATE TABLE progress (
    learner   TEXT NOT NULL,
    lab       TEXT NOT NULL,
    item      TEXT NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    passed_at TIMESTAMP,
    PRIMARY KEY (learner, lab, item)
);

-- The newest answer to each question; so the table is as large as the labs are,
-- however often somebody answers.
CREATE TABLE answers (
    learner     TEXT NOT NULL,
    lab         TEXT NOT NULL,
    question    TEXT NOT NULL,
    answer      TEXT NOT NULL,
    correct     BOOLEAN NOT NULL,
    answered_at TIMESTAMP NOT NULL,
    PRIMARY KEY (learner, lab, question)
);

-- +goose Down
DROP TABLE answers;
DROP TABLE progress;
