package store

import (
	"context"
	"errors"
	"fmt"
)

// Item names one check or question as one learner meets it.
type Item struct {
	Learner, Lab, ID string
}

// Pass records that the item is passed. Passing again changes nothing.
func (s *Store) Pass(ctx context.Context, it Item) error {
	const q = `
		INSERT INTO progress (learner, lab, item, tries, passed_at)
		VALUES ($1, $2, $3, 1, CURRENT_TIMESTAMP)
		ON CONFLICT (learner, lab, item) DO UPDATE
		SET passed_at = COALESCE(progress.passed_at, excluded.passed_at)`
	if _, err := s.db.ExecContext(ctx, q, it.Learner, it.Lab, it.ID); err != nil {
		return fmt.Errorf("store: pass %s/%s: %w", it.Lab, it.ID, err)
	}
	return nil
}

// Answer records an answer to the question and returns how many the learner has
// ever given to it. A correct one passes the question.
func (s *Store) Answer(ctx context.Context, it Item, answer string, correct bool) (tries int, err error) {
	fail := func(err error) (int, error) {
		return 0, fmt.Errorf("store: answer %s/%s: %w", it.Lab, it.ID, err)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fail(err)
	}
	const count = `
		INSERT INTO progress (learner, lab, item, tries, passed_at)
		VALUES ($1, $2, $3, 1, CASE WHEN $4 THEN CURRENT_TIMESTAMP END)
		ON CONFLICT (learner, lab, item) DO UPDATE
		SET tries = progress.tries + 1,
		    passed_at = COALESCE(progress.passed_at, excluded.passed_at)
		RETURNING tries`
	if err := tx.QueryRowContext(ctx, count, it.Learner, it.Lab, it.ID, correct).Scan(&tries); err != nil {
		return fail(errors.Join(err, tx.Rollback()))
	}
	const keep = `
		INSERT INTO answers (learner, lab, question, answer, correct, answered_at)
		VALUES ($1, $2, $3, $4, $5, CURRENT_TIMESTAMP)
		ON CONFLICT (learner, lab, question) DO UPDATE
		SET answer = excluded.answer, correct = excluded.correct, answered_at = excluded.answered_at`
	if _, err := tx.ExecContext(ctx, keep, it.Learner, it.Lab, it.ID, answer, correct); err != nil {
		return fail(errors.Join(err, tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fail(err)
	}
	return tries, nil
}

// Passed returns the ids of the items that the learner has passed, by lab, in
// the order in which they were passed.
func (s *Store) Passed(ctx context.Context, learner string) (map[string][]string, error) {
	const q = `
		SELECT lab, item FROM progress
		WHERE learner = $1 AND passed_at IS NOT NULL
		ORDER BY passed_at, item`
	rows, err := s.db.QueryContext(ctx, q, learner)
	if err != nil {
		return nil, fmt.Errorf("store: what %s has passed: %w", learner, err)
	}
	defer rows.Close()
	passed := map[string][]string{}
	for rows.Next() {
		var lab, item string
		if err := rows.Scan(&lab, &item); err != nil {
			return nil, fmt.Errorf("store: what %s has passed: %w", learner, err)
		}
		passed[lab] = append(passed[lab], item)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: what %s has passed: %w", learner, err)
	}
	return passed, nil
}
