// Two people change the same things: both works are kept, and the decision takes at most two actions a conflict.
import type { BrowserContext, Page } from "playwright-core";
import { expect } from "vitest";
import { corpusFile } from "./corpus";
import { put } from "./history";
import { diagramPath, type Person, signUp, storedVersion, storedXml, upload } from "./person";
import { patience, withLaneway } from "./scenario";
import { drag, drawn, relabel, savedStatus } from "./studio";
import type { Watch } from "./watch";

const scenario = withLaneway();
const file = corpusFile("bpmn.io-camunda-modeler-18.6.1/A.1.0-export.bpmn");
const text = file.buffer.toString();
const names = ["Start Event", "Task 1", "Task 2", "Task 3", "End Event"];
const first = "Activity_10i3hk7";

// by is the document in which somebody has renamed everything.
function by(who: string): string {
  return names.reduce((xml, name) => xml.replace(`name="${name}"`, `name="${name} of ${who}"`), text);
}

// fiveConflicts lets theirs be stored, and then mine be refused: five names, each given by both.
async function fiveConflicts(context: BrowserContext, person: Person): Promise<string> {
  const { id } = await upload(context, person, file, "Order intake");
  const theirs = await put(context, person, id, { bpmnXml: by("Ben"), expectedVersion: 1 });
  expect(theirs.status()).toBe(200);
  const mine = await put(context, person, id, {
    bpmnXml: by("Ada"),
    expectedVersion: 1,
    onConflict: "merge",
  });
  expect(mine.status()).toBe(409);
  return id;
}

function drafts(context: BrowserContext, person: Person, id: string): Promise<number> {
  return context.request
    .get(`/api/diagrams/${id}/drafts`, { headers: { "Laneway-Organization": person.organizationId } })
    .then(async (answer) => ((await answer.json()) as { data: unknown[] }).data.length);
}

// deaf keeps a page from hearing of what others save: then it goes on from what it has, into the conflict.
async function deaf(page: Page, watch: Watch): Promise<void> {
  await page.route("**/api/events*", (route) => route.abort());
  watch.expect(/api\/events.*|net::ERR_FAILED/, "the page is kept from hearing of other saves");
}

function resolver(page: Page) {
  return page.getByRole("dialog", { name: "Both changed the same things" });
}

scenario("five conflicts are settled by key, with one action each", async ({ page, context, watch }) => {
  watch.expect(/status of 409/, "the conflict that this is about");
  const person = await signUp(context);
  const id = await fiveConflicts(context, person);

  await page.goto(diagramPath(person, id));
  await page.getByText(/You have unresolved work from \d\d:\d\d, with 5 conflicts/).waitFor();
  await page.getByRole("button", { name: "Decide now" }).click();
  await resolver(page).waitFor();
  await resolver(page).getByText("0 of 5 decided").waitFor();
  await resolver(page).locator("[data-conflict][aria-current]:focus").waitFor();

  // What is to stay of each name, in the order in which they are asked.
  const order = await resolver(page)
    .locator("[data-conflict]")
    .evaluateAll((cards) => cards.map((card) => card.getAttribute("data-conflict") ?? ""));
  expect(order.length).toBe(5);
  const keys = ["1", "t", "4", "m", "2"];
  const stay = ["Ada", "Ben", "", "Ada", "Ben"];
  let actions = 0;
  for (const key of keys) {
    await page.keyboard.press(key);
    actions += 1;
  }
  await resolver(page).getByText("All decided").waitFor();
  // What would be stored is to be seen before it is.
  await resolver(page).locator(".djs-element").getByText("of Ada").first().waitFor();
  await page.keyboard.press("Enter");
  actions += 1;
  await page.getByText("Your decision is stored").waitFor();
  expect(actions).toBeLessThanOrEqual(10);

  const xml = await storedXml(context, person, id);
  for (const [index, conflict] of order.entries()) {
    const element = conflict.split("/", 1)[0] ?? "";
    const name = new RegExp(`id="${element}" name="([^"]*)"`).exec(xml)?.[1] ?? "";
    expect(/ of (.*)$/.exec(name)?.[1] ?? "", `${element} is “${name}”`).toBe(stay[index]);
  }
  expect(await storedVersion(context, person, id)).toBe(3);
  expect(await drafts(context, person, id)).toBe(0);
  await page.getByText("You have unresolved work").waitFor({ state: "detached" });
});

scenario("all at once, and the other ways stay open", async ({ page, context, watch }) => {
  watch.expect(/status of 409/, "the conflict that this is about");
  const person = await signUp(context);
  const id = await fiveConflicts(context, person);

  await page.goto(diagramPath(person, id));
  await page.getByRole("button", { name: "Discard…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("button", { name: "Decide now" }).click();
  await page.waitForResponse(/\/resolve$/);
  // What would come of it is asked for and comes late: by then the draft is gone, and nobody wants it any more.
  const gone = page.waitForResponse((response) => response.request().method() === "DELETE");
  await page.route(/\/resolve$/, async (route) => {
    await gone;
    await route.continue().catch(() => {}); // given up
  });
  const asked = page.waitForRequest(/\/resolve$/);
  await resolver(page).getByRole("button", { name: "Take all mine", exact: true }).click();
  await resolver(page).getByText("All decided").waitFor();
  await asked;
  await resolver(page).getByRole("button", { name: "Other ways" }).click();
  await page.getByRole("menuitem", { name: "Keep mine as a copy" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(id));
  await drawn(page, first).getByText("Task 1 of Ada").waitFor();
  expect(await storedXml(context, person, id)).toBe(by("Ben"));
  expect(await drafts(context, person, id)).toBe(0);
});

scenario(
  "a tab closed in the middle of a conflict: the work waits, with the choices",
  async ({ page, context, watch }) => {
    watch.expect(/status of 409/, "the conflict that this is about");
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    await deaf(page, watch);
    await page.goto(diagramPath(person, id));
    await drawn(page, first).waitFor();
    await page.getByRole("toolbar", { name: "View" }).waitFor();
    const theirs = await put(context, person, id, { bpmnXml: by("Ben"), expectedVersion: 1 });
    expect(theirs.status()).toBe(200);
    await relabel(page, first, "Mine alone");
    await resolver(page).getByText("0 of 1 decided").waitFor();
    expect(await drafts(context, person, id)).toBe(1);
    await page.close();

    const again = await context.newPage();
    await again.goto(diagramPath(person, id));
    await again.getByText(/You have unresolved work from/).waitFor();
    expect(await again.getByRole("dialog").count()).toBe(0);
    await again.getByRole("button", { name: "Decide now" }).click();
    await resolver(again).getByText("Mine alone").first().waitFor();
    await again.keyboard.press("m");
    await resolver(again).getByText("All decided").waitFor();

    // A reload keeps what was chosen.
    await again.reload();
    await again.getByRole("button", { name: "Decide now" }).click();
    await resolver(again).getByText("All decided").waitFor();
    await again.keyboard.press("Enter");
    await again.getByText("Your decision is stored").waitFor();
    await savedStatus(again).waitFor();
    await drawn(again, first).getByText("Mine alone").waitFor();
    await drawn(again, "Activity_1eb0bmc").getByText("Task 2 of Ben").waitFor();
    expect(await storedXml(context, person, id)).toContain('name="Mine alone"');
    await expect.poll(() => drafts(context, person, id), { timeout: patience }).toBe(0);
  },
);

scenario(
  "a conflict of the open drawing is settled, and drawing goes on",
  async ({ page, context, watch }) => {
    watch.expect(/status of 409/, "the conflict that this is about");
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    await deaf(page, watch);
    await page.goto(diagramPath(person, id));
    await drawn(page, first).waitFor();
    await page.getByRole("toolbar", { name: "View" }).waitFor();
    await put(context, person, id, { bpmnXml: by("Ben"), expectedVersion: 1 });
    await relabel(page, first, "Mine alone");
    await resolver(page).locator("[data-conflict]:focus").waitFor();
    await page.keyboard.press("2");
    await page.keyboard.press("Enter");
    await page.getByText("Your decision is stored").waitFor();
    await drawn(page, first).getByText("Task 1 of Ben").waitFor();
    await drawn(page, "Activity_1eb0bmc").getByText("Task 2 of Ben").waitFor();
    await savedStatus(page).waitFor();

    await relabel(page, first, "Newer");
    await expect.poll(() => storedXml(context, person, id), { timeout: patience }).toContain('name="Newer"');
  },
);

const other = "Activity_1eb0bmc";

// placed is the document with one name and with another task somewhere else.
function placed(who: string, x: number, y: number): string {
  const name = text.replace('name="Task 1"', `name="Task 1 of ${who}"`);
  return name.replace(
    new RegExp(`(bpmnElement="${other}"[^>]*>\\s*<(?:omg)?dc:Bounds) x="[^"]*" y="[^"]*"`),
    `$1 x="${x}" y="${y}"`,
  );
}

function placeIn(xml: string): string {
  const [, x, y] =
    new RegExp(`bpmnElement="${other}"[^>]*>\\s*<(?:omg)?dc:Bounds x="([^"]*)" y="([^"]*)"`).exec(xml) ?? [];
  return `${x},${y}`;
}

scenario("layout is decided by key: all of it, or one by one", async ({ page, context, watch }) => {
  watch.expect(/status of 409/, "the conflict that this is about");
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  const [mine, theirs] = [placed("Ada", 400, 300), placed("Ben", 500, 20)];
  expect(placeIn(mine)).toBe("400,300");
  expect((await put(context, person, id, { bpmnXml: theirs, expectedVersion: 1 })).status()).toBe(200);
  const refused = await put(context, person, id, { bpmnXml: mine, expectedVersion: 1, onConflict: "merge" });
  expect(refused.status()).toBe(409);

  await page.goto(diagramPath(person, id));
  await page.getByRole("button", { name: "Decide now" }).click();
  const decided = resolver(page).getByRole("region", { name: "Decided by rule" });
  await decided.waitFor();
  await resolver(page).getByText("0 of 1 decided").waitFor();
  await resolver(page).locator("[data-conflict][aria-current]:focus").waitFor();
  await page.keyboard.press("1");
  await resolver(page).getByText("All decided").waitFor();

  // The arrow leads on to what the rule has decided, and unfolds it.
  await page.keyboard.press("ArrowDown");
  const card = decided.locator("[data-conflict][aria-current]:focus");
  await card.getByText("by rule", { exact: true }).waitFor();
  const choice = (name: string) => card.getByRole("button", { name });
  expect(await choice("Theirs").or(choice("The other tab")).getAttribute("aria-pressed")).toBe("true");
  await page.keyboard.press("4");
  expect(await choice("Original").getAttribute("aria-pressed")).toBe("true");
  await card.getByText("by rule", { exact: true }).waitFor({ state: "detached" });

  // All layout mine, then all of the other, then mine again: the drawing shows it before it is stored.
  const shape = resolver(page).locator(`.djs-element[data-element-id="${other}"]`);
  const at = (x: number, y: number) =>
    expect
      .poll(() => shape.getAttribute("transform"), { timeout: patience })
      .toBe(`matrix(1 0 0 1 ${x} ${y})`);
  const all = (name: string) => decided.getByRole("button", { name: `Take all layout: ${name}` });
  await page.keyboard.press("Shift+T");
  expect(await all("the other tab").getAttribute("aria-pressed")).toBe("true");
  await at(500, 20);
  await page.keyboard.press("Shift+M");
  expect(await all("mine").getAttribute("aria-pressed")).toBe("true");
  await at(400, 300);
  await page.keyboard.press("Enter");
  await page.getByText("Your decision is stored").waitFor();

  const xml = await storedXml(context, person, id);
  expect(placeIn(xml)).toBe("400,300");
  expect(xml).toContain('name="Task 1 of Ada"');
  expect(await drafts(context, person, id)).toBe(0);
});

scenario("with the mouse, for one element", async ({ page, context, watch }) => {
  watch.expect(/status of 409/, "the conflict that this is about");
  const person = await signUp(context);
  const { id } = await upload(context, person, file, "Order intake");
  await put(context, person, id, { bpmnXml: placed("Ben", 500, 20), expectedVersion: 1 });
  await put(context, person, id, {
    bpmnXml: placed("Ada", 400, 300),
    expectedVersion: 1,
    onConflict: "merge",
  });
  await page.goto(diagramPath(person, id));
  await page.getByRole("button", { name: "Decide now" }).click();
  await resolver(page)
    .getByRole("button", { name: /decided already/ })
    .click();
  const decided = resolver(page).getByRole("region", { name: "Decided by rule" });
  await decided
    .getByRole("group", { name: /position/ })
    .getByRole("button", { name: "Mine" })
    .click();
  await resolver(page)
    .locator("[data-conflict]")
    .first()
    .getByRole("button", { name: "The other tab" })
    .click();
  await resolver(page).getByRole("button", { name: "Store the decision" }).click();
  await page.getByText("Your decision is stored").waitFor();
  const xml = await storedXml(context, person, id);
  expect(placeIn(xml)).toBe("400,300");
  expect(xml).toContain('name="Task 1 of Ben"');
});

scenario(
  "what somebody else changed while a save was under way is asked about, not overridden",
  async ({ page, context, watch }) => {
    watch.expect(/status of 409/, "the conflict that this is about");
    const person = await signUp(context);
    const { id } = await upload(context, person, file, "Order intake");
    await deaf(page, watch);
    await page.goto(diagramPath(person, id));
    await drawn(page, first).waitFor();
    await page.getByRole("toolbar", { name: "View" }).waitFor();
    await put(context, person, id, { bpmnXml: by("Ben"), expectedVersion: 1 });

    // The answer to the first save is on its way for as long as the test wants.
    let deliver = () => {};
    const delivered = new Promise<void>((done) => {
      deliver = done;
    });
    let saves = 0;
    const sent = new Promise<void>((done) => {
      void page.route(`**/api/diagrams/${id}`, async (route) => {
        if (route.request().method() !== "PUT") return route.fallback();
        const answer = await route.fetch();
        saves += 1;
        if (saves === 1) {
          done();
          await delivered;
        }
        await route.fulfill({ response: answer });
      });
    });
    const end = "Event_0ki4ik8";
    await drag(page, end, { x: 0, y: 60 });
    await sent;
    expect(await storedVersion(context, person, id)).toBe(3);
    await relabel(page, first, "Newer");
    deliver();

    await resolver(page).getByText("0 of 1 decided").waitFor();
    expect(await storedXml(context, person, id)).toContain('name="Task 1 of Ben"');
    await resolver(page).getByText("Task 1 of Ben").first().waitFor();
    await page.keyboard.press("1");
    await page.keyboard.press("Enter");
    await page.getByText("Your decision is stored").waitFor();
    await drawn(page, "Activity_1eb0bmc").getByText("Task 2 of Ben").waitFor();
    await savedStatus(page).waitFor();
    const xml = await storedXml(context, person, id);
    expect(xml).toContain('name="Newer"');
    expect(xml).toContain('name="Task 3 of Ben"');
  },
);
