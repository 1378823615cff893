/** Components under the names the predecessor's kit gave them. */

export { Select as CustomSelect, type SelectProps as CustomSelectProps } from "./fields/select.tsx";
export { TextField as Input, type TextFieldProps as InputProps } from "./fields/text-field.tsx";
export type { Tab as TabItem } from "./navigation/tabs.tsx";
export {
  Menu as DropdownMenu,
  type MenuItem as DropdownMenuItem,
  type MenuProps as DropdownMenuProps,
} from "./overlays/menu.tsx";
