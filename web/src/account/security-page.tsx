// By what one signs in, and where one is signed in.
import { HeaderSlot } from "../ui/header-slot";
import { usePageTitle } from "../ui/page-title";
import { IdentitySection } from "./identity-section";
import { PasswordSection } from "./password-section";
import { SessionSection } from "./session-section";

type SecurityPageProps = { linked: string | undefined; failure: string | undefined; path: string };

export function SecurityPage({ linked, failure, path }: SecurityPageProps) {
  usePageTitle("Account");
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-1 flex-col gap-6 p-4 sm:px-6">
      <HeaderSlot name="title">
        <span aria-current="page" className="truncate px-1.5 font-medium">
          Account
        </span>
      </HeaderSlot>
      <h1 tabIndex={-1} className="font-semibold text-xl">
        Account
      </h1>
      <PasswordSection />
      <IdentitySection linked={linked} failure={failure} next={path} />
      <SessionSection />
    </div>
  );
}
