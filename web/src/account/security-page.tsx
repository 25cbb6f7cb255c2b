// One's password, and where one is signed in.
import { Page } from "../ui/page";
import { PasswordSection } from "./password-section";
import { SessionSection } from "./session-section";

export function SecurityPage() {
  return (
    <Page title="Account">
      <PasswordSection />
      <SessionSection />
    </Page>
  );
}
