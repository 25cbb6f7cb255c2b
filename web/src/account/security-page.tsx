// By what one signs in, and where one is signed in.
import { Page } from "../ui/page";
import { IdentitySection } from "./identity-section";
import { PasswordSection } from "./password-section";
import { SessionSection } from "./session-section";

// linked and failure are what came of linking another service, path is the path of this page.
type SecurityPageProps = { linked: string | undefined; failure: string | undefined; path: string };

export function SecurityPage({ linked, failure, path }: SecurityPageProps) {
  return (
    <Page title="Account">
      <PasswordSection />
      <IdentitySection linked={linked} failure={failure} next={path} />
      <SessionSection />
    </Page>
  );
}
