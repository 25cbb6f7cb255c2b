package httpapi

import (
	"net/http"

	"laneway"
)

// Who may call an address, beside those that need a domain action: everybody; somebody who is known, by
// whatever; a person, by a session or a token of another service, and no API token; a person by a session
// alone, for what decides how one signs in.
const (
	anonymous laneway.Action = "anonymous"
	account   laneway.Action = "account"
	person    laneway.Action = "person"
	session   laneway.Action = "session"
)

// handler answers a request, or gives the error that the wrapper answers.
type handler func(*server, http.ResponseWriter, *request) error

// route is one row of the table: one operation of openapi.yaml.
type route struct {
	method, path string
	access       laneway.Action
	query        string // names of query parameters that the address knows, separated by blanks
	handle       handler
}

// routes is the whole API. The contract test reads the same table.
func routes() []route {
	return []route{
		{"POST", "/api/auth/sign-up", anonymous, "", (*server).signUp},
		{"POST", "/api/auth/sign-in", anonymous, "", (*server).signIn},
		{"POST", "/api/auth/sign-out", anonymous, "", (*server).signOut},
		{"GET", "/api/auth/providers", anonymous, "", (*server).listProviders},
		{"GET", flowPrefix + "{provider}/start", anonymous, "next", (*server).startSignIn},
		{"GET", flowPrefix + "{provider}/callback", anonymous, "*", (*server).finishSignIn},
		{"GET", "/api/auth/link", anonymous, "", (*server).getPendingLink},
		{"POST", "/api/auth/link", anonymous, "", (*server).confirmLink},
		{"GET", "/api/auth/options", anonymous, "", (*server).getSignInOptions},
		{"POST", "/api/auth/password-reset", anonymous, "", (*server).requestPasswordReset},
		{"GET", "/api/auth/password-reset/{secret}", anonymous, "", (*server).getPasswordReset},
		{"POST", "/api/auth/password-reset/{secret}", anonymous, "", (*server).resetPassword},
		{"GET", "/api/me", account, "", (*server).getMe},
		{"PATCH", "/api/me", person, "", (*server).updateMe},
		{"POST", "/api/me/password", session, "", (*server).changePassword},
		{"GET", "/api/me/sessions", session, "", (*server).listSessions},
		{"DELETE", "/api/me/sessions", session, "", (*server).endOtherSessions},
		{"DELETE", "/api/me/sessions/{session}", session, "", (*server).endSession},
		{"GET", "/api/me/identities", session, "", (*server).listIdentities},
		{"POST", "/api/me/identities", session, "", (*server).beginLink},
		{"DELETE", "/api/me/identities/{identity}", session, "", (*server).unlinkIdentity},

		{"GET", "/api/tokens", laneway.ManageTokens, "", (*server).listTokens},
		{"POST", "/api/tokens", laneway.ManageTokens, "", (*server).createToken},
		{"DELETE", "/api/tokens/{token}", laneway.ManageTokens, "", (*server).revokeToken},

		{"POST", "/api/organizations", person, "", (*server).createOrganization},
		{"GET", "/api/organizations/{organization}", laneway.ReadOrganization, "", (*server).getOrganization},
		{"PATCH", "/api/organizations/{organization}", laneway.ManageOrganization, "", (*server).updateOrganization},
		{"POST", "/api/organizations/{organization}/delete", laneway.DeleteOrganization, "", (*server).deleteOrganization},
		{"POST", "/api/organizations/{organization}/restore", laneway.DeleteOrganization, "", (*server).restoreOrganization},
		{"GET", "/api/organizations/{organization}/usage", laneway.ReadOrganization, "", (*server).getUsage},
		{"POST", "/api/organizations/{organization}/leave", laneway.LeaveOrganization, "", (*server).leaveOrganization},
		{"GET", "/api/organizations/{organization}/members", laneway.ReadOrganization, "limit cursor", (*server).listMembers},
		{"PATCH", "/api/organizations/{organization}/members/{user}", laneway.ManageOrganization, "", (*server).updateMember},
		{"DELETE", "/api/organizations/{organization}/members/{user}", laneway.ManageOrganization, "", (*server).removeMember},
		{"GET", "/api/organizations/{organization}/invitations", laneway.ManageOrganization, "", (*server).listInvitations},
		{"POST", "/api/organizations/{organization}/invitations", laneway.ManageOrganization, "", (*server).createInvitation},
		{"DELETE", "/api/organizations/{organization}/invitations/{invitation}", laneway.ManageOrganization, "", (*server).revokeInvitation},
		{"GET", "/api/organizations/{organization}/audit", laneway.ReadAudit, "limit cursor kind actorId subjectId from until folded", (*server).listAudit},
		{"GET", "/api/organizations/{organization}/audit.csv", laneway.ReadAudit, "kind actorId subjectId from until", (*server).exportAudit},
		{"GET", "/api/invitations/{secret}", anonymous, "", (*server).getInvitation},
		{"POST", "/api/invitations/{secret}/accept", person, "", (*server).acceptInvitation},

		{"GET", "/api/diagrams", laneway.ReadDiagrams, "limit cursor projectId q sort trashed", (*server).listDiagrams},
		{"POST", "/api/diagrams", laneway.WriteDiagrams, "title projectId repair", (*server).createDiagram},
		{"GET", "/api/diagrams/{id}", laneway.ReadDiagrams, "", (*server).getDiagram},
		{"PUT", "/api/diagrams/{id}", laneway.WriteDiagrams, "", (*server).saveDiagram},
		{"DELETE", "/api/diagrams/{id}", laneway.WriteDiagrams, "", (*server).trashDiagram},
		{"GET", "/api/diagrams/{id}/xml", laneway.ReadDiagrams, "", (*server).getDiagramXML},
		{"GET", "/api/diagrams/{id}/thumbnail.svg", laneway.ReadDiagrams, "version organization", (*server).getThumbnail},
		{"GET", "/api/diagrams/{id}/export", laneway.ReadDiagrams, "format version scale paper", (*server).exportDiagram},
		{"POST", "/api/diagrams/{id}/restore", laneway.WriteDiagrams, "", (*server).restoreDiagram},
		{"POST", "/api/diagrams/{id}/resolve", laneway.WriteDiagrams, "", (*server).resolveDraft},
		{"GET", "/api/diagrams/{id}/drafts", laneway.ReadDiagrams, "", (*server).listDrafts},
		{"GET", "/api/diagrams/{id}/drafts/{draft}", laneway.ReadDiagrams, "", (*server).getDraft},
		{"DELETE", "/api/diagrams/{id}/drafts/{draft}", laneway.WriteDiagrams, "", (*server).deleteDraft},
		{"POST", "/api/diagrams/{id}/duplicate", laneway.WriteDiagrams, "", (*server).duplicateDiagram},

		{"GET", "/api/diagrams/{id}/versions", laneway.ReadDiagrams, "limit cursor labelled", (*server).listVersions},
		{"GET", "/api/diagrams/{id}/versions/{number}", laneway.ReadDiagrams, "", (*server).getVersion},
		{"GET", "/api/diagrams/{id}/versions/{number}/xml", laneway.ReadDiagrams, "", (*server).getVersionXML},
		{"PUT", "/api/diagrams/{id}/versions/{number}/label", laneway.WriteDiagrams, "", (*server).labelVersion},
		{"POST", "/api/diagrams/{id}/versions/{number}/restore", laneway.WriteDiagrams, "", (*server).restoreVersion},
		{"POST", "/api/diagrams/{id}/versions/{number}/take", laneway.WriteDiagrams, "", (*server).takeElements},
		{"GET", "/api/diagrams/{id}/diff", laneway.ReadDiagrams, "from to", (*server).diffVersions},
		{"POST", "/api/diagrams/{id}/diff", laneway.ReadDiagrams, "from", (*server).diffFile},

		{"GET", "/api/projects", laneway.ReadDiagrams, "limit cursor archived", (*server).listProjects},
		{"POST", "/api/projects", laneway.WriteDiagrams, "", (*server).createProject},
		{"GET", "/api/projects/{project}", laneway.ReadDiagrams, "", (*server).getProject},
		{"PUT", "/api/projects/{project}", laneway.WriteDiagrams, "", (*server).updateProject},

		{"POST", "/api/diagrams/{id}/presence", laneway.ReadDiagrams, "", (*server).setPresence},
		{"GET", eventsPath, laneway.ReadDiagrams, "organization lastEventId", (*server).streamEvents},

		{"GET", "/api/operator/figures", laneway.OperateInstance, "", (*server).getFigures},
		{"GET", "/api/operator/organizations", laneway.OperateInstance, "limit cursor", (*server).listOrganizations},
		{"GET", "/api/operator/changes", laneway.OperateInstance, "", (*server).listOperatorChanges},

		{"GET", "/api/web", anonymous, "", (*server).getWebSettings},
		{"POST", "/api/vitals", anonymous, "", (*server).reportVitals},
		{"GET", "/api/openapi.json", anonymous, "", (*server).getDocument},
		{"GET", "/api/openapi.yaml", anonymous, "", (*server).getDocument},
		{"GET", "/api/docs", anonymous, "", (*server).getDocument},
		{"GET", "/api/docs/{file}", anonymous, "", (*server).getDocument},
		{"GET", "/healthz", anonymous, "*", (*server).getHealth},
		{"GET", "/readyz", anonymous, "*", (*server).getReadiness},
		{"GET", "/problems/{kind}", anonymous, "", (*server).getProblemKind},
	}
}
