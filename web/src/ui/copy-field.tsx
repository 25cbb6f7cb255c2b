import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "./button";
import { Field } from "./field";
import { Input } from "./input";

// CopyField shows a text that is to be taken elsewhere, with a button that copies it. Where the browser gives no
// access to the clipboard the text is selected, to be copied by hand.
export function CopyField({ label, value, hint }: { label: string; value: string; hint?: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<"no" | "yes" | "by-hand">("no");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied("yes");
    } catch {
      input.current?.select();
      setCopied("by-hand");
    }
  };
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <div className="flex gap-2">
          <Input
            ref={input}
            readOnly
            value={value}
            className="bg-sunken font-mono text-xs"
            onFocus={(event) => event.target.select()}
            {...ids}
          />
          <Button onClick={() => void copy()} autoFocus>
            {copied === "yes" ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
            {copied === "yes" ? "Copied" : "Copy"}
          </Button>
          <span role="status" className="sr-only">
            {copied === "yes" && "Copied"}
            {copied === "by-hand" && "Selected: copy it with the keyboard"}
          </span>
        </div>
      )}
    </Field>
  );
}
