export default function Storybook() { return null; }
