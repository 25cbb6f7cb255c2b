import { useId, useState } from "react";
import type { Organization } from "../api/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { OrganizationForm } from "./organization-form";

type NewOrganizationDialogProps = { onClose: () => void; onCreated: (organization: Organization) => void };

export function NewOrganizationDialog({ onClose, onCreated }: NewOrganizationDialogProps) {
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New organization"
      description="It has members and diagrams of its own; nothing passes from one to another. It begins on the free plan."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            Create
          </Button>
        </>
      }
    >
      <div className="mt-4">
        <OrganizationForm id={formId} autoFocus onBusy={setBusy} onCreated={onCreated} />
      </div>
    </Dialog>
  );
}
