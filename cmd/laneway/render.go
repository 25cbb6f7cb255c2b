package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"laneway/bpmn/svg"
)

func newRenderCommand() *cobra.Command {
	var out string
	var plane string
	var scale float64
	cmd := &cobra.Command{
		Use:   "render F",
		Short: "Draw a BPMN file as a picture",
		Long: `Draws a diagram of file F as SVG, on stdout or into the file that -o names. F may be - for stdin.

A file may hold several planes: the process, and one for each sub-process that is drawn by itself.
The first one on which something is drawn is taken; --plane names another by its id, by that of its
diagram, or by that of what it shows.

A picture is at most 16,384 pixels wide and high; a larger one is scaled down, which is said.

Exit code 0: drawn; 2: the file could not be read, or nothing of it is drawn.`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write, .svg")
	cmd.Flags().StringVar(&plane, "plane", "", "the plane to draw, when it is not the first")
	cmd.Flags().Float64Var(&scale, "scale", 1, "pixels for each unit of the diagram, 0.01 to 100")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if extension := filepath.Ext(out); out != "" && !strings.EqualFold(extension, ".svg") {
			return fmt.Errorf("cannot draw %q: the name has to end in .svg", out)
		}
		doc, err := readDocument(cmd, args[0])
		if err != nil {
			return err
		}
		drawing, err := svg.Draw(doc, svg.Options{Plane: plane})
		if err != nil {
			return drawingError(args[0], plane, err)
		}
		return writeDrawing(cmd, drawing, out, scale)
	}
	return files(cmd)
}

// drawingError says which file, and which of its planes, cannot be drawn.
func drawingError(file, plane string, err error) error {
	if errors.Is(err, svg.ErrNoPlane) {
		return fmt.Errorf("%s: the document has no plane %q", file, plane)
	}
	return fmt.Errorf("%s: %w", file, err)
}

// writeDrawing writes a drawing to a file, or to stdout when it has no name.
func writeDrawing(cmd *cobra.Command, drawing *svg.Drawing, name string, scale float64) error {
	if !(scale >= 0.01 && scale <= 100) {
		return fmt.Errorf("the scale %v is not between 0.01 and 100", scale)
	}
	if width, height, used := drawing.Size(scale); used < scale {
		cmd.PrintErrf("laneway: drawn at scale %.4g, %.0f by %.0f pixels: a picture has at most %d in each direction\n", used, width, height, svg.MostPixels)
	}
	picture := drawing.SVG(scale)
	if name == "" {
		_, err := cmd.OutOrStdout().Write(picture)
		return err
	}
	return writeFile(name, picture)
}
