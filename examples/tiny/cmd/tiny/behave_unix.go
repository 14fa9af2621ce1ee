//go:build unix

package main

import "syscall"

func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

func makePipe(path string) error { return syscall.Mkfifo(path, 0o644) }
