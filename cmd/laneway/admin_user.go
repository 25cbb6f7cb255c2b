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
	user.AddCommand(&cobra.Command{
		Use:   "set-operator ADDRESS [on|off]",
		Short: "Let a person see how the server fares, or no longer",
		Long: `Makes the person with this e-mail address an operator of this server, or with "off" ends that. Operators have a page in
the studio with the server's load and the size of its organizations. They get no role in any organization and see no diagram
by it. Each change is on record and shown on that page.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			operator := true
			if len(args) == 2 {
				var err error
				if operator, err = onOff("set-operator", args[1]); err != nil {
					return err
				}
			}
			return asOperator(cmd, given, func(o *store.Operator) error { return setOperator(cmd, o, args[0], operator) })
		},
	})
	return user
}

func setOperator(cmd *cobra.Command, o *store.Operator, address string, operator bool) error {
	changed, err := o.SetOperator(cmd.Context(), address, operator)
	if err != nil {
		return err
	}
	state := "no operator"
	if operator {
		state = "an operator"
	}
	if !changed {
		state += ", as before"
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", address, state)
	return err
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
