// Package terraform reads the blocks of Terraform files, with the line of each.
// It takes the native syntax (https://developer.hashicorp.com/terraform/language/syntax/configuration)
// as it is written: references, functions and templates are kept, never
// evaluated, and what it does not understand is left out.
//
// It is no HCL library on purpose: that one would add 1.6 MB to the program for
// expressions that nobody evaluates here.
package terraform
