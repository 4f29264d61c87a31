// The Kubernetes provider, unchanged: only its entry point, which the module keeps without its schema.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// Both files are copied from the provider's module by the build.
var (
	//go:embed schema.json
	schema []byte
	//go:embed terraform-mapping.json
	terraformMapping []byte

	version string
)

func main() {
	provider.Serve("kubernetes", version, schema, terraformMapping)
}
