//go:build embedpg && linux

package embeddedpg_test

import (
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestAsOtherUsers runs the tests of starting and dying again as a normal user
// and as a number without a passwd entry, as containers have it.
func TestAsOtherUsers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else; the other tests run as a normal user already")
	}
	home := filepath.Dir(dataDir(t))
	binary := filepath.Join(home, "embeddedpg.test")
	copyTo(t, binary)
	for _, uid := range []int{65534, 54321} {
		t.Run(strconv.Itoa(uid), func(t *testing.T) {
			t.Parallel()
			if _, err := user.LookupId(strconv.Itoa(uid)); (err == nil) != (uid == 65534) {
				t.Logf("passwd entry of %d: %v", uid, err)
			}
			tmp := filepath.Join(home, strconv.Itoa(uid))
			if err := os.Mkdir(tmp, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(tmp, uid, uid); err != nil {
				t.Fatal(err)
			}
			const tests = "^(TestColdAndWarmStart|TestPostmasterIsKilled|TestLanewayIsKilled|TestLongDataPath)$"
			cmd := exec.Command(binary, "-test.run="+tests, "-test.v", "-test.parallel=2")
			cmd.Dir = tmp
			cmd.Env = []string{"TMPDIR=" + tmp, "PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if n := strings.Count(string(out), "--- PASS: "); n != strings.Count(tests, "|")+1 {
				t.Errorf("%d tests passed\n%s", n, out)
			}
		})
	}
}

// copyTo puts the test binary where others may run it.
func copyTo(t *testing.T, name string) {
	t.Helper()
	in, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
