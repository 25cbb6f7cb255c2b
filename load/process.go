package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ownCPU is the processor time of this program so far.
func ownCPU() time.Duration { return usage(syscall.RUSAGE_SELF) }

// childrenCPU is that of the programs that it started and that ended.
func childrenCPU() time.Duration { return usage(syscall.RUSAGE_CHILDREN) }

func usage(who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// footprint is what the server and its database take.
type footprint struct {
	ServerCPU, DatabaseCPU       time.Duration // since they were started
	ServerMemory, DatabaseMemory int64         // bytes; of the database each shared page once
	Connections                  int
}

// clockTick is the unit of times in /proc: 100 a second on every Linux that Go runs on.
const clockTick = 10 * time.Millisecond

// measure looks at a server and all processes below it.
func measure(pid int) (footprint, error) {
	parents := make(map[int]int)
	stats := make(map[int][]string)
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return footprint{}, err
	}
	for _, folder := range folders {
		content, err := os.ReadFile(filepath.Join(folder, "stat"))
		if err != nil {
			continue // it has ended
		}
		n, err := strconv.Atoi(filepath.Base(folder))
		end := bytes.LastIndexByte(content, ')') // the name before it may hold anything
		if err != nil || end < 0 {
			continue
		}
		fields := strings.Fields(string(content[end+1:]))
		stats[n] = fields
		parents[n], _ = strconv.Atoi(fields[1])
	}
	if stats[pid] == nil {
		return footprint{}, fmt.Errorf("the server is not there any more")
	}
	var f footprint
	for n, fields := range stats {
		if !below(parents, n, pid) {
			continue
		}
		// Own time, and that of children that have ended: a database connection that was closed.
		var cpu time.Duration
		for _, i := range [...]int{11, 12, 13, 14} {
			ticks, err := strconv.ParseInt(fields[i], 10, 64)
			if err != nil {
				return footprint{}, err
			}
			cpu += time.Duration(ticks) * clockTick
		}
		if n == pid {
			f.ServerCPU, f.ServerMemory = cpu, memoryOf(n, "status", "VmRSS:")
			continue
		}
		f.DatabaseCPU += cpu
		f.DatabaseMemory += memoryOf(n, "smaps_rollup", "Pss:")
		title, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", n))
		if strings.HasPrefix(string(title), "postgres: ") && strings.Contains(string(title), " [local] ") {
			f.Connections++
		}
	}
	return f, nil
}

func below(parents map[int]int, n, ancestor int) bool {
	for n > 1 {
		if n == ancestor {
			return true
		}
		n = parents[n]
	}
	return false
}

func memoryOf(pid int, file, name string) int64 {
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// machine describes what this ran on.
func machine() string {
	content, _ := os.ReadFile("/proc/cpuinfo")
	cores, model := 0, "a processor without a name"
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "processor":
			cores++
		case "model name":
			model = strings.TrimSpace(value)
		}
	}
	memory := "?"
	content, _ = os.ReadFile("/proc/meminfo")
	if fields := strings.Fields(string(content)); len(fields) > 1 {
		if kib, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			memory = strconv.FormatInt((kib+(1<<19))>>20, 10)
		}
	}
	return fmt.Sprintf("%d cores (%s), %s GiB of memory, %s", cores, model, memory, idle())
}

// idle says how much of the machine others took during the last minute.
func idle() string {
	content, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "load unknown"
	}
	return "load " + strings.Fields(string(content))[0] + " at the start"
}
