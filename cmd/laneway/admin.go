package main

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"laneway"
	"laneway/internal/embeddedpg"
	"laneway/internal/store"
)

func newAdminCommand() *cobra.Command {
	var given settings
	admin := &cobra.Command{
		Use:   "admin",
		Short: "Look after an installation: organizations, people, logs, and who operates it",
		Long: `Commands for whoever runs the server. They work beside a running one, on its machine:
with the built-in database they need its data folder (--data-dir), with another the address of
an admin role (--database-admin-url) with the name of Laneway's database in it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, s := range table() {
		if s.name == "data-dir" || s.name == "database-admin-url" || s.name == "public-url" {
			admin.PersistentFlags().StringVar(s.target(&given), s.name, s.fallback, s.help+" ("+s.variable()+")")
		}
	}
	audit := &cobra.Command{Use: "audit", Short: "The organizations' logs", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	audit.AddCommand(&cobra.Command{
		Use:   "verify [ORGANIZATION]",
		Short: "Hold every event of the logs against the hash of the one before",
		Long: `Walks the log of one organization, or of all, and computes every hash anew. An event that was
changed, removed or put in later is found by its number. The exit code is 1 when a log is broken. Older events that
were forgotten after their retention (event-retention) are no fault: the walk begins at the oldest that is there.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var only laneway.ID
			if len(args) == 1 {
				var err error
				if only, err = laneway.ParseID(args[0]); err != nil || only.IsZero() {
					return fmt.Errorf("organization %q: want its id, as `laneway admin org list` shows it", args[0])
				}
			}
			return asOperator(cmd, &given, func(o *store.Operator) error { return verifyAudit(cmd, o, only) })
		},
	})
	admin.AddCommand(newAdminOrgCommand(&given), newAdminUserCommand(&given), audit)
	return admin
}

// asOperator opens the operator's door for one command.
func asOperator(cmd *cobra.Command, given *settings, fn func(*store.Operator) error) error {
	if _, err := readEnvironment(cmd.Flags(), given, os.Environ()); err != nil {
		return err
	}
	address := given.databaseAdminURL
	if address == "" {
		folder := given.dataDir
		var err error
		if folder == "" {
			if folder, err = defaultDataDir(); err != nil {
				return err
			}
		}
		if address, err = embeddedpg.RunningURL(folder, databaseName); err != nil {
			return err
		}
	}
	operator, err := store.OpenOperator(cmd.Context(), address)
	if err != nil {
		return err
	}
	err = errors.Join(fn(operator), operator.Close(cmd.Context()))
	if e, ok := errors.AsType[*laneway.Error](err); ok {
		return errors.New(e.Detail)
	}
	return err
}

func verifyAudit(cmd *cobra.Command, o *store.Operator, only laneway.ID) error {
	reports, err := o.VerifyChains(cmd.Context(), only)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "ORGANIZATION\tEVENTS\tLOG\tNAME")
	broken := 0
	for _, r := range reports {
		verdict := "whole"
		if r.Fault != "" {
			verdict, broken = "BROKEN: "+r.Fault, broken+1
		}
		fmt.Fprintf(out, "%s\t%d to %d\t%s\t%s\n", r.Organization, r.First, r.Last, verdict, r.Name)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d logs are broken", broken, len(reports))
	}
	return nil
}
