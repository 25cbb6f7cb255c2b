package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laneway/bpmn/svg"
	"laneway/internal/render"
)

// renderDeadline is for one picture; to compile the rasteriser takes some seconds of it, once.
const renderDeadline = 2 * time.Minute

func newRenderCommand() *cobra.Command {
	var out, plane, paper string
	var scale float64
	cmd := &cobra.Command{
		Use:   "render F",
		Short: "Draw a BPMN file as a picture",
		Long: `Draws a diagram of file F: as SVG on stdout, or into the file that -o names, whose ending says
as what: .svg, .png or .pdf. F may be - for stdin.

A file may hold several planes: the process, and one for each sub-process that is drawn by itself.
The first one on which something is drawn is taken; --plane names another by its id, by that of its
diagram, or by that of what it shows.

An SVG or PNG is at most 16,384 pixels wide and high, a PNG also 33 million in all; a larger one is
scaled down, which is said. A PNG has no ground; a PDF is one page, vectors and text, with the name
of the diagram, or of the file where it has none, and the date of the file.

Exit code 0: drawn; 2: the file could not be read, or nothing of it is drawn.`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write: .svg, .png or .pdf")
	cmd.Flags().StringVar(&plane, "plane", "", "the plane to draw, when it is not the first")
	cmd.Flags().Float64Var(&scale, "scale", 1, "pixels for each unit of the diagram, 0.01 to 100; not for PDF")
	cmd.Flags().StringVar(&paper, "paper", "fit", "the page of a PDF: a4, a3, or fit for one as large as the drawing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		write := map[string]func(*svg.Drawing) ([]byte, error){
			"": svgWriter(scale), ".svg": svgWriter(scale), ".png": pngWriter(cmd.Context(), scale), ".pdf": pdfWriter(paper, args[0]),
		}[strings.ToLower(filepath.Ext(out))]
		switch {
		case write == nil || out != "" && filepath.Ext(out) == "":
			return fmt.Errorf("cannot draw %q: the name has to end in .svg, .png or .pdf", out)
		case !(scale >= 0.01 && scale <= 100):
			return fmt.Errorf("the scale %v is not between 0.01 and 100", scale)
		}
		doc, err := readDocument(cmd, args[0])
		if err != nil {
			return err
		}
		drawing, err := svg.Draw(doc, svg.Options{Plane: plane})
		if err != nil {
			return drawingError(args[0], plane, err)
		}
		sayScale(cmd, drawing, out, scale)
		picture, err := write(drawing)
		if err != nil {
			return err
		}
		if out == "" {
			_, err = cmd.OutOrStdout().Write(picture)
			return err
		}
		return writeFile(out, picture)
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

// sayScale tells when a picture is smaller than asked for.
func sayScale(cmd *cobra.Command, d *svg.Drawing, out string, scale float64) {
	_, _, used := d.Size(scale)
	most := fmt.Sprintf("a picture has at most %d in each direction", svg.MostPixels)
	switch strings.ToLower(filepath.Ext(out)) {
	case ".pdf":
		return
	case ".png":
		if smaller := render.Scale(d, scale); smaller < used {
			used, most = smaller, fmt.Sprintf("a PNG has at most %d in all", render.MostPixels)
		}
	}
	if used < scale {
		cmd.PrintErrf("laneway: drawn at scale %.4g, %.0f by %.0f pixels: %s\n", used, d.Bounds.Width*used, d.Bounds.Height*used, most)
	}
}

func svgWriter(scale float64) func(*svg.Drawing) ([]byte, error) {
	return func(d *svg.Drawing) ([]byte, error) { return d.SVG(scale), nil }
}

// pngWriter keeps the compiled rasteriser in the person's cache, where there is one.
func pngWriter(ctx context.Context, scale float64) func(*svg.Drawing) ([]byte, error) {
	return func(d *svg.Drawing) (picture []byte, err error) {
		var c render.Config
		if dir, err := os.UserCacheDir(); err == nil {
			c.CacheDir = filepath.Join(dir, "laneway", "pictures")
		}
		ctx, cancel := context.WithTimeout(ctx, renderDeadline)
		defer cancel()
		renderer := render.New(c)
		defer func() { err = errors.Join(err, renderer.Close(context.WithoutCancel(ctx))) }()
		return renderer.PNG(ctx, d, scale)
	}
}

// pdfWriter names the page as the diagram is, else as the file, and dates it as the file.
func pdfWriter(paper, file string) func(*svg.Drawing) ([]byte, error) {
	return func(d *svg.Drawing) ([]byte, error) {
		page := render.Page{Paper: render.Paper(paper), Title: d.Title}
		if file != "-" {
			info, err := os.Stat(file)
			if err != nil {
				return nil, err
			}
			page.Date = info.ModTime()
			if page.Title == "" {
				page.Title = strings.TrimSuffix(info.Name(), filepath.Ext(info.Name()))
			}
		}
		switch page.Paper {
		case render.Fit, render.A4, render.A3:
			return render.PDF(d, page)
		}
		return nil, fmt.Errorf("the paper %q is none of a4, a3 and fit", paper)
	}
}
