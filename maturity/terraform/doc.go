// Package terraform reads files of Terraform and OpenTofu as a maturity score
// needs them: their blocks with line, attributes and what these refer to.
//
// [Read] uses HashiCorp's own parser (https://github.com/hashicorp/hcl). Nothing
// is evaluated: a value is the text of a literal, or the names that it refers to.
package terraform
