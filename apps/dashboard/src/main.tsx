import { render } from 'preact';

render(<h1>Muster</h1>, document.getElementById('app') ?? document.body);
