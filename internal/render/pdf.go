package render

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"laneway/bpmn/svg"
)

// Paper is the size of a page.
type Paper string

// The papers. On A4 and A3 a drawing stands or lies as it fits better, is made smaller where it has
// to be and never larger; Fit is a page as large as the drawing.
const (
	Fit Paper = "fit"
	A4  Paper = "a4"
	A3  Paper = "a3"
)

// Page says what is around a drawing.
type Page struct {
	Paper Paper
	// Title, Version and Date stand below the drawing; what is zero is left out. Without a date, the
	// file says that it was made in 1970, so that it is the same whenever it is made.
	Title   string
	Version int64
	Date    time.Time
}

// Measures of a page in points, 1/72 inch. A unit of a drawing is a pixel of CSS, 1/96 inch.
const (
	natural     = 72.0 / 96
	pageMargin  = 28.0
	footer      = 20.0
	footerSize  = 8.0
	longestPage = 14_400.0 // readers take no more
)

// PDF makes a document of one page. The same arguments give the same bytes.
func PDF(d *svg.Drawing, p Page) ([]byte, error) {
	w := newPDFWriter(d, p)
	for _, g := range d.Groups {
		for i := range g.Marks {
			w.mark(&g.Marks[i])
		}
	}
	w.footer(p)
	var file bytes.Buffer
	if err := w.pdf.Output(&file); err != nil {
		return nil, fmt.Errorf("make a PDF: %w", err)
	}
	return file.Bytes(), nil
}

// pdfWriter writes marks: coordinates of the drawing times scale, moved by x and y.
type pdfWriter struct {
	pdf           *fpdf.Fpdf
	scale, x, y   float64
	width, height float64 // of the page
}

const pdfFont = "Liberation"

func newPDFWriter(d *svg.Drawing, p Page) *pdfWriter {
	w := &pdfWriter{}
	b := d.Bounds
	w.width, w.height = paperSize(p.Paper, b.Width > b.Height)
	if w.width == 0 {
		w.scale = min(natural, (longestPage-2*pageMargin)/b.Width, (longestPage-2*pageMargin-footer)/b.Height)
		w.width, w.height = max(b.Width*w.scale, 200)+2*pageMargin, b.Height*w.scale+2*pageMargin+footer
	} else {
		w.scale = min(natural, (w.width-2*pageMargin)/b.Width, (w.height-2*pageMargin-footer)/b.Height)
	}
	w.x = (w.width-b.Width*w.scale)/2 - b.X*w.scale
	w.y = pageMargin - b.Y*w.scale
	w.pdf = fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: w.width, Ht: w.height}})
	w.pdf.SetCatalogSort(true)
	made := p.Date.UTC()
	if made.IsZero() {
		made = time.Unix(0, 0).UTC()
	}
	w.pdf.SetCreationDate(made)
	w.pdf.SetModificationDate(made)
	w.pdf.SetCreator("Laneway", true)
	w.pdf.SetProducer("Laneway", true)
	w.pdf.SetTitle(printable(p.Title), true)
	w.pdf.SetMargins(0, 0, 0)
	w.pdf.SetAutoPageBreak(false, 0)
	w.pdf.AddUTF8FontFromBytes(pdfFont, "", fontFile())
	w.pdf.SetFont(pdfFont, "", footerSize)
	w.pdf.SetLineCapStyle("round")
	w.pdf.SetLineJoinStyle("round")
	w.pdf.AddPage()
	return w
}

// paperSize gives width and height; zeros for Fit.
func paperSize(p Paper, lying bool) (width, height float64) {
	const a4Short, a4Long, a3Long = 595.28, 841.89, 1190.55
	switch p {
	case A4:
		width, height = a4Short, a4Long
	case A3:
		width, height = a4Long, a3Long
	}
	if lying {
		width, height = height, width
	}
	return width, height
}

func (w *pdfWriter) at(x, y float64) (float64, float64) { return w.x + x*w.scale, w.y + y*w.scale }

func (w *pdfWriter) mark(m *svg.Mark) {
	if m.Kind == svg.Label {
		w.label(m)
		return
	}
	opacity := orOne(m.Style.Opacity)
	if r, g, b, ok := rgb(m.Style.Fill); ok {
		w.pdf.SetAlpha(opacity*orOne(m.Style.FillOpacity), "Normal")
		w.pdf.SetFillColor(r, g, b)
		w.shape(m, "F")
	}
	if r, g, b, ok := rgb(m.Style.Stroke); ok {
		width := m.Style.Width
		if width == 0 {
			width = 2
		}
		w.pdf.SetAlpha(opacity, "Normal")
		w.pdf.SetDrawColor(r, g, b)
		w.pdf.SetLineWidth(width * w.scale)
		w.pdf.SetDashPattern(w.dash(m.Style.Dash), 0)
		w.shape(m, "D")
	}
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

func (w *pdfWriter) dash(d svg.Dash) []float64 {
	pattern := []float64{}
	for _, length := range strings.Fields(string(d)) {
		if v, err := strconv.ParseFloat(length, 64); err == nil {
			pattern = append(pattern, v*w.scale)
		}
	}
	return pattern
}

func (w *pdfWriter) shape(m *svg.Mark, how string) {
	x, y := w.at(m.Box.X, m.Box.Y)
	width, height := m.Box.Width*w.scale, m.Box.Height*w.scale
	switch m.Kind {
	case svg.Rectangle:
		if r := min(m.Radius*w.scale, width/2, height/2); r > 0 {
			w.pdf.RoundedRect(x, y, width, height, r, "1234", how)
		} else {
			w.pdf.Rect(x, y, width, height, how)
		}
	case svg.Ellipse:
		w.pdf.Ellipse(x+width/2, y+height/2, width/2, height/2, 0, how)
	case svg.Line:
		w.path(&m.Path)
		w.pdf.DrawPath(how)
	}
}

func (w *pdfWriter) path(p *svg.Path) {
	points := p.Points
	next := func() (float64, float64) {
		first := points[0]
		points = points[1:]
		return w.at(first.X, first.Y)
	}
	for _, op := range p.Ops {
		switch op {
		case svg.MoveTo:
			w.pdf.MoveTo(next())
		case svg.LineTo:
			w.pdf.LineTo(next())
		case svg.CurveTo:
			x1, y1 := next()
			x2, y2 := next()
			x, y := next()
			w.pdf.CurveBezierCubicTo(x1, y1, x2, y2, x, y)
		case svg.Close:
			w.pdf.ClosePath()
		}
	}
}

func (w *pdfWriter) label(m *svg.Mark) {
	r, g, b, _ := rgb(m.Style.Fill)
	w.pdf.SetAlpha(orOne(m.Style.Opacity), "Normal")
	w.pdf.SetTextColor(r, g, b)
	w.pdf.SetFontSize(m.Text.Size * w.scale)
	t := &m.Text
	if t.Turn {
		x, y := w.at(t.Origin.X, t.Origin.Y)
		w.pdf.TransformBegin()
		defer w.pdf.TransformEnd()
		w.pdf.TransformRotate(90, x, y)
	}
	for _, l := range t.Lines {
		x, y := w.at(t.Origin.X+l.X, t.Origin.Y+l.Y)
		text := printable(l.Text)
		if !t.Left {
			x -= w.pdf.GetStringWidth(text) / 2
		}
		w.pdf.Text(x, y, text)
	}
}

// footer says what the drawing is, at the lower left.
func (w *pdfWriter) footer(p Page) {
	var parts []string
	if p.Title != "" {
		parts = append(parts, p.Title)
	}
	if p.Version > 0 {
		parts = append(parts, "version "+strconv.FormatInt(p.Version, 10))
	}
	if !p.Date.IsZero() {
		parts = append(parts, p.Date.UTC().Format("2006-01-02 15:04 MST"))
	}
	w.pdf.SetAlpha(1, "Normal")
	w.pdf.SetTextColor(0x55, 0x58, 0x60)
	w.pdf.SetFontSize(footerSize)
	text := []rune(printable(strings.Join(parts, " · ")))
	for len(text) > 1 && w.pdf.GetStringWidth(string(text)) > w.width-2*pageMargin {
		text = append(text[:len(text)-2], '…')
	}
	w.pdf.Text(pageMargin, w.height-pageMargin/2-footerSize/2, string(text))
}

// printable replaces what the font cannot have: a PDF's characters end at U+FFFF.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > math.MaxUint16:
			return '□'
		case r < ' ':
			return ' '
		}
		return r
	}, s)
}

// rgb reads a colour of a drawing, #rrggbb; false for none.
func rgb(c svg.Color) (r, g, b int, ok bool) {
	v, err := strconv.ParseUint(strings.TrimPrefix(string(c), "#"), 16, 32)
	return int(v >> 16), int(v >> 8 & 255), int(v & 255), err == nil
}
