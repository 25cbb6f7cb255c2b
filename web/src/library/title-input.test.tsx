import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { TitleInput } from "./title-input";

afterEach(cleanup);

// rename types into the field and tells what came of it, in order.
async function rename(keys: string): Promise<string[]> {
  const log: string[] = [];
  render(
    <TitleInput
      title="Old"
      onCommit={(title) => log.push(`commit ${title}`)}
      onDone={(by) => log.push(`done ${by}`)}
    />,
  );
  await userEvent.type(screen.getByRole("textbox"), keys, { skipClick: true });
  return log;
}

describe("TitleInput", () => {
  it.each([
    [
      "Enter keeps, once, what replaced the selected title",
      "New title{Enter}",
      ["commit New title", "done keyboard"],
    ],
    ["Esc drops it", "New title{Escape}", ["done keyboard"]],
    ["leaving keeps it", "New title{Tab}", ["commit New title", "done pointer"]],
    ["an empty title changes nothing", "{Backspace}{Enter}", ["done keyboard"]],
    ["blanks around do not count", "  Old  {Enter}", ["done keyboard"]],
  ])("%s", async (_, keys, expected) => {
    expect(await rename(keys)).toEqual(expected);
  });
});
