import type { ComponentProps } from "react";

type ChoicesProps = {
  legend: string;
  choices: { value: string; text: string; may: string }[];
  // input is what ties the radio buttons to a form, such as register("role").
  input: Omit<ComponentProps<"input">, "type" | "value">;
};

// Choices is a group of radio buttons, each with a line about what it means.
export function Choices({ legend, choices, input }: ChoicesProps) {
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 font-medium">{legend}</legend>
      {choices.map(({ value, text, may }) => (
        <label key={value} className="flex items-start gap-2">
          <input type="radio" value={value} className="mt-0.5 size-4 accent-accent" {...input} />
          <span>
            <span className="block">{text}</span>
            <span className="block text-muted text-xs">{may}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
