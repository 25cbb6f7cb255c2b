import { Monitor, Moon, Sun } from "lucide-react";
import { IconButton } from "../ui/icon-button";
import { Menu, MenuContent, MenuLabel, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "../ui/menu";
import { chooseTheme, type Theme, useTheme } from "../ui/theme";

const choices: { theme: Theme; text: string }[] = [
  { theme: "system", text: "Like the system" },
  { theme: "light", text: "Light" },
  { theme: "dark", text: "Dark" },
];

const icons = { system: Monitor, light: Sun, dark: Moon };

export function ThemeMenu() {
  const theme = useTheme();
  const Icon = icons[theme];
  return (
    <Menu>
      <MenuTrigger>
        <IconButton label="Theme">
          <Icon aria-hidden="true" />
        </IconButton>
      </MenuTrigger>
      <MenuContent>
        <MenuLabel>Theme</MenuLabel>
        <MenuRadioGroup value={theme} onValueChange={(value) => chooseTheme(value as Theme)}>
          {choices.map((choice) => (
            <MenuRadioItem key={choice.theme} value={choice.theme}>
              {choice.text}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
      </MenuContent>
    </Menu>
  );
}
