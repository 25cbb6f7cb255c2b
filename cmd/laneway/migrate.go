package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"laneway/internal/store"
)

func newMigrateCommand() *cobra.Command {
	var given settings
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Prepare a Postgres of your own: roles, database, schema",
		Long: `Makes the roles and the database of Laneway on the Postgres that --database-admin-url names,
brings the schema up to date, and prints the addresses to serve with.

The built-in database needs none of this: the server prepares it by itself.
Each run gives the logins new passwords, so servers that use the old ones must be told.`,
		Args: cobra.NoArgs,
	}
	addFlags(cmd.Flags(), &given)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if _, err := readEnvironment(cmd.Flags(), &given, os.Environ()); err != nil {
			return err
		}
		admin := given.databaseAdminURL
		if admin == "" {
			return fmt.Errorf("set --database-admin-url (or LANEWAY_DATABASE_ADMIN_URL): the address of your Postgres, signing in as a role that may create roles")
		}
		u, err := url.Parse(admin)
		if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
			return fmt.Errorf("database-admin-url: want the form postgres://user:password@host/database")
		}
		name := strings.Trim(u.Path, "/")
		if name == "" || name == "postgres" || name == "template1" {
			name = databaseName
		}
		urls, err := store.Bootstrap(cmd.Context(), admin, name)
		if err != nil {
			return err
		}
		if err := store.Migrate(cmd.Context(), urls.Migrator); err != nil {
			return err
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "LANEWAY_DATABASE_URL=%s\nLANEWAY_DATABASE_SYSTEM_URL=%s\nLANEWAY_DATABASE_DIRECT_URL=%s\n",
			urls.App, urls.System, urls.Migrator)
		return err
	}
	return cmd
}
