package main

import (
	"errors"
	"syscall"
)

func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func makePipe(string) error { return errors.New("there are no pipes in folders here") }
