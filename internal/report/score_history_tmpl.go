package report

import _ "embed"

//go:embed score_history.html.tmpl
var scoreHistoryTemplate string

// historySVG is a picture that stands alone: it brings its style, by day and by night.
const historySVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -34 320 224" width="480" height="336" role="img" font-family="system-ui,-apple-system,Segoe UI,Roboto,DejaVu Sans,Arial,sans-serif"><title>{{.Title}}</title><desc>{{.Alt}}</desc>
<style>svg { background: #fff; } .t { fill: #1b2028; font-weight: 600; } .q { fill: #59626f; } .g { stroke: #dfe3e8; } .l { stroke: #0b57c4; } .d { fill: #0b57c4; }
@media (prefers-color-scheme: dark) { svg { background: #161b22; } .t { fill: #e5e9ef; } .q { fill: #9aa5b3; } .g { stroke: #2b323c; } .l { stroke: #7db3ff; } .d { fill: #7db3ff; } }</style>
<text class="t" x="12" y="-14" font-size="13">{{.Title}}</text>
{{- $c := .}}
{{- range .YTicks}}<line class="g" x1="{{$c.Left}}" x2="{{$c.Right}}" y1="{{.At}}" y2="{{.At}}"/><text class="q" font-size="11" text-anchor="end" x="{{$c.Left}}" dx="-6" y="{{.At}}" dy="3.5">{{.Label}}</text>{{end}}
{{- range .XTicks}}<text class="q" font-size="11" x="{{.At}}" y="{{$c.Below}}" text-anchor="{{.Anchor}}">{{.Label}}</text>{{end}}
{{- with .Line}}<path class="l" fill="none" stroke-width="2" d="{{.}}"/>{{end}}
{{- range .Points}}<circle class="d" cx="{{.X}}" cy="{{.Y}}" r="3"><title>{{.Title}}</title></circle>{{end}}
</svg>
`
