package laneway

// Plan is what an organization has booked; it sets how many diagrams it may keep.
type Plan string

// The plans.
const (
	Free       Plan = "free"
	Pro        Plan = "pro"
	Enterprise Plan = "enterprise"
)

// DiagramLimit gives the number of diagrams outside the trash that the plan allows.
// An unknown plan allows none: a typing error in an operator's hand must not mean "unlimited".
func (p Plan) DiagramLimit() int {
	switch p {
	case Free:
		return 5
	case Pro:
		return 100
	case Enterprise:
		return 1000
	default:
		return 0
	}
}
