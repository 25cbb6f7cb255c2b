import { useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { newKey } from "../api/idempotency";
import { describeError } from "../api/problem";
import { createProject, type Project, projectKeys, updateProject } from "../api/project";
import { acrossExpiry } from "../api/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";

type ProjectDialogProps = {
  organizationId: string;
  // project is the one to change; undefined: a new one.
  project?: Project | undefined;
  onClose: () => void;
  onDone: (project: Project) => void;
};

// ProjectDialog makes a project, or renames and describes one.
export function ProjectDialog({ organizationId, project, onClose, onDone }: ProjectDialogProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const formId = useId();
  const [problem, setProblem] = useState<string>();
  // A new project keeps its key until the server has answered: pressing the button again makes no second one.
  const key = useRef<string>(undefined);
  const { register, handleSubmit, formState } = useForm({
    defaultValues: { name: project?.name ?? "", description: project?.description ?? "" },
  });

  const submit = handleSubmit(async ({ name, description }) => {
    setProblem(undefined);
    const values = { name: name.trim(), description: description.trim() };
    key.current ??= newKey();
    const idempotencyKey = key.current;
    try {
      const done = await acrossExpiry(api, () =>
        project
          ? updateProject(api, organizationId, project, values)
          : createProject(api, organizationId, values, idempotencyKey),
      );
      await queryClient.invalidateQueries({ queryKey: projectKeys.all(organizationId) });
      onDone(done);
    } catch (error) {
      key.current = undefined;
      setProblem(describeError(error));
    }
  });

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={project ? `Change “${project.name}”` : "New project"}
      {...(project
        ? {}
        : { description: "A project groups diagrams of the organization. Everybody in it sees it." })}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" busy={formState.isSubmitting}>
            {project ? "Save" : "Create"}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="mt-2 flex flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        <Field label="Name" error={formState.errors.name?.message}>
          {(ids) => (
            <Input
              autoComplete="off"
              autoFocus
              maxLength={200}
              {...ids}
              {...register("name", { validate: (name) => name.trim() !== "" || "Enter a name." })}
            />
          )}
        </Field>
        <Field label="Description (optional)">
          {(ids) => (
            <textarea
              rows={4}
              maxLength={2000}
              className="w-full rounded-md border border-line-strong bg-surface px-2 py-1.5 text-ink"
              {...ids}
              {...register("description")}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}
