// Command laneway is the whole product in one program: the server with its studio and its
// database, and the tools around it. `laneway help` lists the commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the build (-ldflags -X); "dev" means an unnamed build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newCommand().ExecuteContext(ctx)
	stop()
	if code, ok := errors.AsType[exitCode](err); ok {
		os.Exit(int(code))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "laneway:", err)
		os.Exit(1)
	}
}

// exitCode is an outcome that has been told already and only needs its exit code.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "laneway",
		Short:         "The BPMN 2.0 studio that a team runs itself",
		Long:          "Laneway is a BPMN 2.0 studio for teams: one program with the web studio, the server and a real Postgres inside.\nWithout a command it serves.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
	}
	serve := newServeCommand()
	root.RunE = func(cmd *cobra.Command, args []string) error { return serve.RunE(cmd, args) }
	root.Flags().AddFlagSet(serve.Flags())
	root.AddCommand(serve, newMigrateCommand(), newAdminCommand(), newSeedCommand(), newVersionCommand())
	root.AddCommand(newCatCommand(), newCheckCommand(), newDiffCommand(), newMergeCommand(), newRenderCommand())
	return root
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			revision := ""
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						revision = " " + s.Value
					}
				}
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "laneway %s%s\n", version, revision)
			return err
		},
	}
}
