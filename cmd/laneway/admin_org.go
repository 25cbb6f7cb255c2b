package main

import (
	"encoding/hex"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laneway"
	"laneway/internal/store"
)

func newAdminOrgCommand(given *settings) *cobra.Command {
	org := &cobra.Command{Use: "org", Short: "Organizations", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var removed bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List the organizations with their plans and usage",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return asOperator(cmd, given, func(o *store.Operator) error {
				if removed {
					return listRemoved(cmd, o)
				}
				return listOrganizations(cmd, o)
			})
		},
	}
	list.Flags().BoolVar(&removed, "removed", false, "what is left of those that were removed for good: when, by whom, and where their logs ended")
	var name string
	remove := &cobra.Command{
		Use:   "delete ORGANIZATION --name NAME",
		Short: "Delete an organization, as one of its admins could",
		Long: `Closes an organization for everybody at once. For 30 days it can be restored, by its admins and by
` + "`laneway admin org restore`" + `; then the server removes it with everything that it has. So that none is deleted by
mistake, its name must be given as well.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOrganization(cmd, given, args[0], func(o *store.Operator, id laneway.ID) error {
				deleted, err := o.DeleteOrganization(cmd.Context(), id, name)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is deleted. It can be restored until %s.\n", deleted.Name, deleted.PurgeAt().UTC().Format(time.RFC3339))
				return err
			})
		},
	}
	remove.Flags().StringVar(&name, "name", "", "the organization's name")
	org.AddCommand(list, remove, &cobra.Command{
		Use:   "restore ORGANIZATION",
		Short: "Take the deletion of an organization back",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOrganization(cmd, given, args[0], func(o *store.Operator, id laneway.ID) error {
				_, err := o.RestoreOrganization(cmd.Context(), id)
				return err
			})
		},
	}, &cobra.Command{
		Use:   "set-plan ORGANIZATION free|pro|enterprise",
		Short: "Change the plan of an organization",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withOrganization(cmd, given, args[0], func(o *store.Operator, id laneway.ID) error {
				return o.SetPlan(cmd.Context(), id, laneway.Plan(args[1]))
			})
		},
	})
	return org
}

// withOrganization opens the operator's door for one organization.
func withOrganization(cmd *cobra.Command, given *settings, text string, fn func(*store.Operator, laneway.ID) error) error {
	id, err := laneway.ParseID(text)
	if err != nil {
		return fmt.Errorf("organization %q: want its id, as `laneway admin org list` shows it", text)
	}
	return asOperator(cmd, given, func(o *store.Operator) error { return fn(o, id) })
}

func listOrganizations(cmd *cobra.Command, o *store.Operator) error {
	organizations, err := o.Organizations(cmd.Context())
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "ID\tPLAN\tDIAGRAMS\tCREATED\tDELETED\tNAME")
	for _, u := range organizations {
		deleted := "-"
		if !u.Organization.DeletedAt.IsZero() {
			deleted = u.Organization.DeletedAt.Format(time.DateOnly)
		}
		fmt.Fprintf(out, "%s\t%s\t%d of %d\t%s\t%s\t%s\n", u.Organization.ID, u.Organization.Plan, u.Diagrams,
			u.Organization.Plan.DiagramLimit(), u.Organization.CreatedAt.Format(time.DateOnly), deleted, u.Organization.Name)
	}
	return out.Flush()
}

func listRemoved(cmd *cobra.Command, o *store.Operator) error {
	removed, err := o.RemovedOrganizations(cmd.Context())
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "ID\tCREATED\tDELETED\tBY\tREMOVED\tEVENTS\tLAST HASH")
	for _, r := range removed {
		by := "operator"
		if !r.DeletedBy.IsZero() {
			by = r.DeletedBy.String()
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", r.ID, r.CreatedAt.UTC().Format(time.RFC3339), r.DeletedAt.UTC().Format(time.RFC3339), by,
			r.RemovedAt.UTC().Format(time.RFC3339), r.LastSeq, hex.EncodeToString(r.LastHash))
	}
	return out.Flush()
}
