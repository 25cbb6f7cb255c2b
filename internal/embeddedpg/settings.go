//go:build unix

package embeddedpg

import (
	"maps"
	"slices"
	"strings"
)

// Configuration becomes postgresql.conf of a new cluster: what an
// operator may want to change. Sized for a small machine: what is not in the
// shared buffers comes from the system's page cache. There is one autovacuum
// worker and not three, and it looks at 9,000 rows of a table and not at 30,000,
// for which one was seen with 20 MB of its own; nearly all is found by its key.
const Configuration = `# Written by Laneway when it made this cluster; yours to edit from then on.
# Laneway gives the socket, the access rules, durability and logging on the
# command line, so those are not read from here.
max_connections = 40
shared_buffers = 32MB
huge_pages = off
work_mem = 8MB
maintenance_work_mem = 64MB
autovacuum_work_mem = 16MB
autovacuum_max_workers = 1
default_statistics_target = 30
effective_cache_size = 512MB
max_wal_size = 512MB
max_wal_senders = 4
max_replication_slots = 4
max_parallel_workers_per_gather = 0
jit = off
dynamic_shared_memory_type = posix
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'
`

// accessRules let in whoever reaches the private socket and knows a password.
const accessRules = `# Written by Laneway at every start.
local all         all scram-sha-256
local replication all scram-sha-256
`

// openingRules stand while the superuser has no password yet. Only the account
// itself and root can reach the socket, and nobody knows its place yet.
const openingRules = `# Written by Laneway until the superuser has a password.
local all postgres trust
`

// fixedSettings are what the package's guarantees rest on.
func fixedSettings(socketDir, hbaFile string) map[string]string {
	return map[string]string{
		"listen_addresses":        "",
		"unix_socket_directories": `"` + strings.ReplaceAll(socketDir, `"`, `""`) + `"`,
		"unix_socket_permissions": "0700",
		"port":                    socketPort,
		"hba_file":                hbaFile,
		"password_encryption":     "scram-sha-256",

		"fsync":              "on",
		"synchronous_commit": "on",
		"full_page_writes":   "on",

		// To our stderr, from there to the log. Statements are never logged:
		// they hold what people wrote.
		"log_destination":         "stderr",
		"logging_collector":       "off",
		"log_line_prefix":         linePrefix,
		"log_min_messages":        "warning",
		"log_min_error_statement": "panic",
		"log_statement":           "none",
		"log_checkpoints":         "off",
	}
}

// arguments turns settings into command line arguments, later maps winning.
func arguments(layers ...map[string]string) []string {
	all := map[string]string{}
	for _, l := range layers {
		maps.Copy(all, l)
	}
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args
}
