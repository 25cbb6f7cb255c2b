package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"laneway"
	"laneway/internal/auth"
	"laneway/internal/store"
)

func newAdminUserCommand(given *settings) *cobra.Command {
	user := &cobra.Command{Use: "user", Short: "People", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	user.AddCommand(&cobra.Command{
		Use:   "reset-password ADDRESS",
		Short: "Print a link by which somebody chooses another password",
		Long: `Prints a link, to be handed to the person with this e-mail address in whatever way. It works for an hour and once. With it they
choose another password, which ends all their sessions; until then nothing changes. The link begins with the address in
public-url, or with http://localhost:8080 where that is not set.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return asOperator(cmd, given, func(o *store.Operator) error { return resetPassword(cmd, given, o, args[0]) })
		},
	})
	return user
}

func resetPassword(cmd *cobra.Command, given *settings, o *store.Operator, address string) error {
	email, err := laneway.CheckEmail("address", address)
	if err != nil {
		return fmt.Errorf("address %q: want an e-mail address", address)
	}
	base := "http://localhost:8080"
	if given.publicURL != "" {
		u, err := url.Parse(given.publicURL)
		if err != nil || u.Host == "" {
			return fmt.Errorf("public-url %q: want the form https://host", given.publicURL)
		}
		base = origin(u)
	}
	secret, hash := auth.NewSecret()
	if err := o.CreatePasswordReset(cmd.Context(), email, hash); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s/password-reset/%s\n", base, secret)
	return err
}
