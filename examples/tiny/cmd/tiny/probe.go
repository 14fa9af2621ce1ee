package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// number reads the argument at the index.
func number(args []string, at int) (int, error) {
	if at >= len(args) {
		return 0, fmt.Errorf("%w: a number is missing", errUsage)
	}
	value, err := strconv.Atoi(args[at])
	if err != nil || value < 0 {
		return 0, fmt.Errorf("%w: %q is not a number", errUsage, args[at])
	}
	return value, nil
}

func sleepCommand(args []string, out io.Writer) error {
	if len(args) == 0 || len(args) > 2 {
		return fmt.Errorf("%w: it takes one or two numbers", errUsage)
	}
	seconds, err := strconv.ParseFloat(args[0], 64)
	if err != nil || seconds < 0 {
		return fmt.Errorf("%w: %q is not a number", errUsage, args[0])
	}
	fmt.Fprintf(out, "sleeping %s s\n", args[0])
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	if len(args) == 2 {
		return failCommand(args[1:], out)
	}
	return nil
}

func failCommand(args []string, _ io.Writer) error {
	code, err := number(args, 0)
	if err != nil {
		return err
	}
	return exitError(code)
}

// envCommand prints a line for each thing that an executor promises: name=value.
func envCommand(args []string, out io.Writer) error {
	workdir, err := os.Getwd()
	if err != nil {
		return err
	}
	show := func(name string, value any) { fmt.Fprintf(out, "%s=%v\n", name, value) }
	show("uid", os.Getuid())
	show("gid", os.Getgid())
	show("user", userName(os.Getuid()))
	show("HOME", os.Getenv("HOME"))
	show("TMPDIR", os.Getenv("TMPDIR"))
	show("workdir", workdir)
	show("interfaces", strings.Join(interfaces(), ","))
	show("capabilities", status("CapEff"))
	show("no_new_privs", status("NoNewPrivs"))
	for _, variable := range os.Environ() {
		show("env", variable)
	}
	for _, path := range append([]string{"/", workdir, os.Getenv("HOME"), os.TempDir()}, args...) {
		show("access "+path, access(path))
	}
	return nil
}

// userName is what the passwd file calls the user, without the C library.
func userName(uid int) string {
	data, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return "none"
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == strconv.Itoa(uid) {
			return fields[0]
		}
	}
	return "none"
}

// interfaces lists the network interfaces that are up.
func interfaces() []string {
	all, err := net.Interfaces()
	if err != nil {
		return []string{"unknown"}
	}
	var names []string
	for _, i := range all {
		if i.Flags&net.FlagUp != 0 {
			names = append(names, i.Name)
		}
	}
	return names
}

// status reads a field of /proc/self/status.
func status(field string) string {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(data)) {
		if value, found := strings.CutPrefix(line, field+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// access finds out by trying whether a path can be written, read, or neither.
func access(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return "missing"
	}
	var file *os.File
	if info.IsDir() {
		if file, err = os.CreateTemp(path, ".access-*"); err == nil {
			defer os.Remove(file.Name())
		}
	} else {
		file, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	if err == nil {
		file.Close()
		return "writable"
	}
	if file, err = os.Open(path); err != nil {
		return "unreadable"
	}
	file.Close()
	return "read-only"
}

func spamCommand(args []string, out io.Writer) error {
	total, err := number(args, 0)
	if err != nil {
		return err
	}
	width := 64
	if len(args) > 1 {
		if width, err = number(args, 1); err != nil {
			return err
		}
	}
	if width == 0 || width > total {
		width = total
	}
	buffered := bufio.NewWriter(out)
	for written := 0; written < total; written += width {
		if err := spamLine(buffered, min(width, total-written)); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// spamLine writes a line of this many bytes in pieces: it may be longer than the memory is large.
func spamLine(out io.Writer, size int) error {
	piece := strings.Repeat("x", min(size, 64<<10))
	for left := size - 1; left > 0; left -= len(piece) {
		if _, err := io.WriteString(out, piece[:min(left, len(piece))]); err != nil {
			return err
		}
	}
	_, err := io.WriteString(out, "\n")
	return err
}

func writeCommand(args []string, _ io.Writer) error {
	if len(args) != 2 {
		return fmt.Errorf("%w: it takes a file and a text", errUsage)
	}
	return writeFile(args[0], []byte(args[1]+"\n"))
}

func catCommand(args []string, out io.Writer) error {
	for _, path := range args {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if _, err := out.Write(data); err != nil {
			return err
		}
	}
	return nil
}
