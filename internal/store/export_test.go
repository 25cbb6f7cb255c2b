package store

import "context"

// LeftBehind looks at a connection of the application between two requests, and gives what a request before has left
// on it: "" when nothing.
func (s *Store) LeftBehind(ctx context.Context) (string, error) {
	ctx, cancel := detach(ctx)
	defer cancel()
	var left string
	err := s.app.QueryRow(ctx, `
		SELECT concat_ws(' ', nullif(current_setting('laneway.org_id', true), ''), nullif(current_setting('laneway.user_id', true), ''),
		  nullif(current_setting('default_transaction_read_only'), 'off'), nullif(current_setting('statement_timeout'), '10s'), nullif(current_user::text, 'laneway_app'))`).Scan(&left)
	return left, classify(err)
}
